import { stateSuite } from '@datacook/testkit';
import { describe, test } from 'vitest';
import { temporaryPlace } from './place.js';

describe('SqlStateBackend, as every state backend,', () => {
  test.each(stateSuite.map((item) => [item.name, item] as const))('%s', async (_, { run }) =>
    run(await temporaryPlace()),
  );
});
