import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findRecipeFile, findRecipeFiles } from '../src/recipe-files.js';

let cwd: string;

beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'datacook-files-'));
  await mkdir(join(cwd, 'recipes', 'deeper'), { recursive: true });
  await mkdir(join(cwd, 'empty'));
  const names = [
    'b.yaml',
    'a.yml',
    'c.json',
    '.hidden.yaml',
    'notes.md',
    'datacook.yaml',
    'package.json',
    'deeper/d.yaml',
  ];
  for (const name of names) await writeFile(join(cwd, 'recipes', name), '');
});

afterEach(() => rm(cwd, { recursive: true, force: true }));

describe('findRecipeFiles', () => {
  it('finds the recipes of a folder, in order of their names', async () => {
    const files = await findRecipeFiles(['recipes'], cwd);
    expect(files).toEqual(
      ['a.yml', 'b.yaml', 'c.json'].map((name) => ({ path: join(cwd, 'recipes', name), fromFolder: true })),
    );
  });

  it('takes each file once, and what was named itself as named', async () => {
    const files = await findRecipeFiles(['recipes/b.yaml', './recipes/../recipes/b.yaml', 'recipes'], cwd);
    expect(files.map(({ path, fromFolder }) => [path.slice(cwd.length), fromFolder])).toEqual([
      ['/recipes/b.yaml', false],
      ['/recipes/a.yml', true],
      ['/recipes/c.json', true],
    ]);
  });

  it('refuses a file that is not there, and names those that it could be', async () => {
    await expect(findRecipeFiles(['recipes/bb.yaml'], cwd)).rejects.toMatchObject({
      code: 'CONFIG',
      message: 'there is no recipe recipes/bb.yaml',
      hint: expect.stringContaining('did you mean recipes/b.yaml'),
    });
    await expect(findRecipeFiles(['nowhere/x.yaml'], cwd)).rejects.toMatchObject({
      hint: `relative paths begin at ${cwd}`,
    });
    await expect(findRecipeFiles(['recipes/b.yaml/x'], cwd)).rejects.toMatchObject({ code: 'CONFIG' });
  });

  it('refuses a folder without recipes', async () => {
    await expect(findRecipeFiles(['empty'], cwd)).rejects.toMatchObject({
      code: 'CONFIG',
      message: 'the folder empty has no recipes',
    });
  });
});

describe('findRecipeFile', () => {
  it('takes one file, and refuses a folder with what it has', async () => {
    expect(await findRecipeFile('recipes/b.yaml', cwd)).toEqual({
      path: join(cwd, 'recipes/b.yaml'),
      fromFolder: false,
    });
    await expect(findRecipeFile('recipes', cwd)).rejects.toMatchObject({
      code: 'CONFIG',
      message: 'recipes is a folder, and this command takes one recipe',
      hint: 'it has recipes/a.yml, recipes/b.yaml, recipes/c.json',
    });
  });
});
