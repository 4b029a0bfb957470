import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { loadRecipe } from '../src/index.js';
import { folderWith, shown } from './support/files.js';
import { load } from './support/load.js';

afterEach(() => vi.unstubAllEnvs());

describe('the project of a recipe', () => {
  it('is the datacook.yaml nearest above it, and its home is there', async () => {
    const folder = folderWith({
      'datacook.yaml': 'vars: {x: far}',
      'p/datacook.yaml':
        'connections:\n  dw: {type: postgres, url: "{{ env_var(\'DW\') }}"}\nstate: {type: local, path: s}\nplugins: [a]\nvars: {x: near}\n',
      'p/r/package.json': '{}',
      'p/r/a.yaml': 'name: a',
    });
    const { project, findings } = await loadRecipe('p/r/a.yaml', { cwd: folder });
    expect(findings).toEqual([]);
    expect(project).toMatchObject({
      file: join(folder, 'p/datacook.yaml'),
      directory: join(folder, 'p'),
      home: join(folder, 'p'),
      connections: { dw: { type: 'postgres', url: "{{ env_var('DW') }}" } },
      state: { type: 'local', path: 's' },
      vars: { x: 'near' },
    });
  });
  it('has its home beside the nearest package.json, else beside the recipe', async () => {
    const folder = folderWith({ 'p/package.json': '{}', 'p/r/a.yaml': 'name: a', 'q/a.yaml': 'name: a' });
    expect((await loadRecipe('p/r/a.yaml', { cwd: folder })).project).toMatchObject({
      home: join(folder, 'p'),
      directory: join(folder, 'p'),
    });
    expect((await loadRecipe('q/a.yaml', { cwd: folder })).project.home).toBe(join(folder, 'q'));
  });
  it('reads .env beside datacook.yaml; the real environment is stronger', async () => {
    const folder = folderWith({
      'datacook.yaml': '# nothing yet\n',
      '.env': 'DATACOOK_TEST_A=file\nDATACOOK_TEST_B="from file" # note\n',
      'r/a.yaml': 'name: a',
      'r/.env': 'DATACOOK_TEST_C=no\n',
    });
    vi.stubEnv('DATACOOK_TEST_A', 'real');
    const { project, findings } = await loadRecipe('r/a.yaml', { cwd: folder });
    expect(findings).toEqual([]);
    expect(['A', 'B', 'C'].map((name) => project.env(`DATACOOK_TEST_${name}`))).toEqual([
      'real',
      'from file',
      undefined,
    ]);
    expect(project.env('constructor')).toBeUndefined();
  });
  it('is checked like a recipe', async () => {
    const { text } = await load({
      'datacook.yaml': 'connection: {}\nconnections: {a: 5}\nvars: {x: [1]}\nstate: {lease: soon}\n',
      'a.yaml': 'name: a',
    });
    expect(text).toMatchInlineSnapshot(`
      "warning datacook.yaml:2:18 connections.a: expected text or a mapping, but this is a whole number
        put it in quotes
      error datacook.yaml:4:16 state.lease: expected a duration such as 60s, 5m or 2h, or a number of seconds
      error datacook.yaml:3:8 vars.x: expected a single value
      error datacook.yaml:1:1 connection: unknown key
        did you mean \`connections\`?"
    `);
    expect((await load({ 'datacook.yaml': 'a: b: c', 'a.yaml': 'name: a' })).text).toContain(
      'error datacook.yaml:1:4: Nested mappings',
    );
  });
  it('says that .env is no text', async () => {
    const { text } = await load({ 'datacook.yaml': 'vars: {}', 'a.yaml': 'name: a' });
    expect(text).toBe('');
    const folder = folderWith({
      'datacook.yaml': 'vars: {}',
      '.env': Uint8Array.from([0x41, 0x3d, 0xff]),
      'a.yaml': 'name: a',
    });
    expect(shown((await loadRecipe('a.yaml', { cwd: folder })).findings, folder)).toContain(
      ".env can't be read",
    );
  });
});
