import { stateSuite } from '@datacook/testkit';
import { describe, test } from 'vitest';
import { temporaryPlace } from './place.js';

describe('SqlStateBackend, as every state backend,', () => {
  test.each(stateSuite)('$name', async ({ run }) => run(await temporaryPlace()));
});
