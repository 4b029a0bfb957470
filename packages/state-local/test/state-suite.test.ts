import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type StatePlace, stateSuite } from '@datacook/testkit';
import { describe, test } from 'vitest';
import { keyToFileName } from '../src/file-name.js';
import { LocalStateBackend } from '../src/local-state-backend.js';
import { temporaryFolder } from './folder.js';

function place(): StatePlace {
  const path = temporaryFolder();
  return {
    open: () => new LocalStateBackend(path),
    contents: async () => readdirSync(path).map((name) => [name, readFileSync(join(path, name), 'utf8')]),
    async spoil(key, how) {
      const file = join(path, `${keyToFileName(key)}.json`);
      const text = readFileSync(file, 'utf8');
      writeFileSync(file, how === 'torn' ? text.slice(0, -5) : text.replace('"version":1', '"version":2'));
    },
  };
}

describe('LocalStateBackend, as every state backend,', () => {
  test.each(stateSuite.map((item) => [item.name, item] as const))('%s', (_, { run }) => run(place()));
});
