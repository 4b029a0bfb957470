import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const run = promisify(execFile);
const TOOL = fileURLToPath(new URL('../../bin/datacook-manifest.js', import.meta.url));

const CONFIG = `export default { parse: (value) => value, toJSONSchema: ({ io }) => ({ type: 'object', title: io }) };`;
const DEFINITION = `import config from './config.js';
export default { contract: 1, role: 'source', type: 'thing', config, maxWriters: 2, open: () => ({}) };`;

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'datacook-manifest-'));
  await writeFile(join(folder, 'config.js'), CONFIG);
  await writeFile(join(folder, 'source.js'), DEFINITION);
  await describePackage({});
});

afterEach(() => rm(folder, { recursive: true, force: true }));

const ENTRY = { role: 'source', type: 'thing', module: './source.js', config: './config.js' };

function describePackage(datacook: object): Promise<void> {
  const described = {
    contract: 1,
    manifest: './out/manifest.json',
    provides: [ENTRY],
    needs: [],
    ...datacook,
  };
  const text = JSON.stringify({
    name: 'datacook-connector-thing',
    version: '1.2.3',
    type: 'module',
    datacook: described,
  });
  return writeFile(join(folder, 'package.json'), text);
}

const build = () => run(process.execPath, [TOOL], { cwd: folder });

async function failure(): Promise<string> {
  const error: unknown = await build().then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toMatchObject({ code: 1 });
  expect(await readdir(folder)).not.toContain('out');
  return (error as { stderr: string }).stderr;
}

describe('datacook-manifest', () => {
  it('writes what the modules define, the same each time', async () => {
    await build();
    const text = await readFile(join(folder, 'out/manifest.json'), 'utf8');
    expect(JSON.parse(text)).toEqual({
      version: 1,
      contract: 1,
      package: 'datacook-connector-thing',
      package_version: '1.2.3',
      provides: [{ ...ENTRY, max_writers: 2, config_schema: { type: 'object', title: 'input' } }],
    });
    await build();
    expect(await readFile(join(folder, 'out/manifest.json'), 'utf8')).toBe(text);
    expect(await readdir(join(folder, 'out'))).toEqual(['manifest.json']);
  });

  it('fails if a module cannot be imported, and says why', async () => {
    await writeFile(join(folder, 'source.js'), `import 'no-such-driver';`);
    expect(await failure()).toMatch(
      /The module of source:thing \(\.\/source\.js\) can't be imported: .*no-such-driver/s,
    );
  });

  it('fails if a module says otherwise than package.json', async () => {
    const change = (from: string, to: string) =>
      writeFile(join(folder, 'source.js'), DEFINITION.replace(from, to));
    await change("'source'", "'format'");
    expect(await failure()).toContain('says role "format", but package.json says "source"');
    await change("'thing'", "'think'");
    expect(await failure()).toContain('says type "think", but package.json says "thing"');
    await change('contract: 1', 'contract: 2');
    expect(await failure()).toContain('is made for contract 2, but package.json says 1');
    await change('open: () => ({})', '');
    expect(await failure()).toContain('has no open function');
    await change('export default', 'export const definition =');
    expect(await failure()).toContain('has no default export');
  });

  it('fails if package.json is wrong', async () => {
    const cases: [object, string][] = [
      [{ contract: 2 }, 'this tool knows contract 1'],
      [{ manifest: undefined }, '"datacook.manifest"'],
      [{ manifest: '../manifest.json' }, 'a path in the package'],
      [{ provides: [] }, '"datacook.provides"'],
      [{ provides: [{ ...ENTRY, role: 'sink' }] }, 'has the role "sink"'],
      [{ provides: [{ ...ENTRY, config: undefined }] }, 'needs "config"'],
      [{ provides: [{ ...ENTRY, modul: 'x' }] }, 'unknown key "modul"'],
      [{ provides: [ENTRY, ENTRY] }, 'source:thing twice'],
      [{ provides: [{ ...ENTRY, module: '/etc/source.js' }] }, 'a path in the package'],
      [{ needs: ['csv'] }, '"datacook.needs"'],
    ];
    for (const [datacook, message] of cases) {
      await describePackage(datacook);
      expect(await failure()).toContain(message);
    }
    await writeFile(join(folder, 'package.json'), '{');
    expect(await failure()).toContain('is no JSON');
    await rm(join(folder, 'package.json'));
    expect(await failure()).toContain('There is no readable package.json');
  });
});
