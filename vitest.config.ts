import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

/** With `PROVE=1` the long tests run: `*.prove.ts` beside `*.test.ts`. */
const suffix = process.env['PROVE'] === '1' ? 'prove' : 'test';

/** One project a package, named after its folder. */
const roots = ['packages', 'connectors']
  .flatMap((parent) => readdirSync(parent).map((name) => `${parent}/${name}`))
  .filter((root) => existsSync(`${root}/test`));

/** Starts the server that tests of Postgres share: for packages whose package.json names its driver. */
const SHARED_POSTGRES = 'packages/testkit/test/setup/shared-postgres.ts';

function globalSetupOf(root: string): string[] {
  const { dependencies, devDependencies } = JSON.parse(readFileSync(`${root}/package.json`, 'utf8')) as {
    readonly [kind: string]: { readonly [name: string]: string };
  };
  return 'pg' in { ...dependencies, ...devDependencies } ? [SHARED_POSTGRES] : [];
}

export default defineConfig({
  test: {
    // By default one core is left free; our tests wait for servers and child processes for much of their time.
    maxWorkers: availableParallelism(),
    projects: roots.map((root) => ({
      test: {
        name: root,
        root: '.',
        include: [`${root}/test/**/*.${suffix}.ts`],
        globalSetup: globalSetupOf(root),
        testTimeout: suffix === 'prove' ? 3_600_000 : 60_000,
        hookTimeout: 60_000,
      },
    })),
  },
});
