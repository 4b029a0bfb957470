import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkPackage, createPackageFromTarballData, type Problem } from '@arethetypeswrong/core';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readHouse } from './house/house-package.js';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const { packageManager } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  packageManager: string;
};
const PUBLISHED = readHouse(ROOT).filter(({ json }) => json.private !== true);

interface Packed {
  readonly name: string;
  readonly filename: string;
}

/** The packages are for `import` alone: how `require` and Node 10 see them says nothing. */
function concernsEsm(problem: Problem): boolean {
  if ('resolutionKind' in problem)
    return problem.resolutionKind === 'node16-esm' || problem.resolutionKind === 'bundler';
  return !('resolutionOption' in problem) || problem.resolutionOption !== 'node10';
}

describe('a packed package', () => {
  const folder = mkdtempSync(join(tmpdir(), 'datacook-packed-'));
  let packed: readonly Packed[] = [];

  beforeAll(() => {
    const filters = PUBLISHED.flatMap((item) => ['--filter', `./${item.folder}`]);
    const parameters = [
      '--yes',
      packageManager,
      '-r',
      ...filters,
      'pack',
      '--pack-destination',
      folder,
      '--json',
    ];
    const output = execFileSync('npx', parameters, {
      cwd: ROOT,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    packed = JSON.parse(output) as Packed[];
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** What `pnpm pack` says that it packed leaves out the licence, which it takes from the workspace. */
  function tarball(name: string): { readonly files: readonly string[]; readonly data: Buffer } {
    const { filename } = packed.find((item) => item.name === name)!;
    const list = execFileSync('tar', ['-tzf', filename], { encoding: 'utf8' }).trim().split('\n');
    return { files: list.map((file) => file.replace(/^package\//, '')), data: readFileSync(filename) };
  }

  test.each(PUBLISHED.map(({ json, folder: path }) => [json.name, path] as const))(
    'is complete, and its types are right: %s',
    async (name, path) => {
      const { files, data } = tarball(name);
      const wanted = ['LICENSE', 'README.md', 'package.json', 'dist/index.js'];
      expect(wanted.filter((file) => !files.includes(file))).toEqual([]);
      expect(
        files.filter((file) => !/^(?:LICENSE|README\.md|package\.json|(?:dist|bin)\/.+)$/.test(file)),
      ).toEqual([]);
      expect(files.filter((file) => /\.tsbuildinfo$|\.map$/.test(file))).toEqual([]);
      if (existsSync(join(ROOT, path, 'dist/manifest.json'))) expect(files).toContain('dist/manifest.json');

      const archive = data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength) as ArrayBuffer;
      const { messages, pkg } = await publint({
        pack: { tarball: archive },
        strict: true,
      });
      expect(messages.map((message) => formatMessage(message, pkg, { color: false }))).toEqual([]);
      expect(JSON.stringify(pkg)).not.toMatch(/"(?:workspace|catalog):/);

      const result = await checkPackage(createPackageFromTarballData(new Uint8Array(data)));
      expect(result.types).toEqual({ kind: 'included' });
      expect('problems' in result ? result.problems.filter(concernsEsm) : []).toEqual([]);
    },
  );
});
