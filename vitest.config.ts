import { existsSync, readdirSync } from 'node:fs';
import { defineConfig } from 'vitest/config';

/** With `PROVE=1` the long tests run: `*.prove.ts` beside `*.test.ts`. */
const suffix = process.env['PROVE'] === '1' ? 'prove' : 'test';

/** One project a package, named after its folder. */
const roots = ['packages', 'connectors']
  .flatMap((parent) => readdirSync(parent).map((name) => `${parent}/${name}`))
  .filter((root) => existsSync(`${root}/test`));

export default defineConfig({
  test: {
    projects: roots.map((root) => ({
      test: {
        name: root,
        root: '.',
        include: [`${root}/test/**/*.${suffix}.ts`],
        testTimeout: suffix === 'prove' ? 3_600_000 : 60_000,
        hookTimeout: 60_000,
      },
    })),
  },
});
