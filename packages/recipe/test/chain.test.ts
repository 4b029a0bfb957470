import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadRecipe } from '../src/index.js';
import { folderWith, shown } from './support/files.js';
import { found, load, resolved } from './support/load.js';

describe('extends', () => {
  it('is resolved from the deepest parent up, relative to the file that says it (11.8)', async () => {
    const files = {
      'base/recipe_a.yaml': 'vars: {x: a, y: a, z: a}',
      'base/recipe_b.yaml': 'extends: recipe_a.yaml\nvars: {y: b, z: b}',
      'recipes/recipe_c.yaml': 'extends: ../base/recipe_b.yaml\nvars: {z: c}',
    };
    expect(await resolved(files)).toEqual({ vars: { x: 'a', y: 'b', z: 'c' } });
  });
  it('goes to any depth', async () => {
    const files: Record<string, string> = { 'r0.yaml': 'vars: {x: 0}' };
    for (let i = 1; i <= 300; i += 1)
      files[`r${i}.yaml`] = `extends: r${i - 1}.yaml\nvars: {x: ${i}, v${i}: 1}`;
    const { recipe, text } = await load(files);
    expect(text).toBe('');
    expect(recipe.value).toMatchObject({ vars: { x: 300, v1: 1, v300: 1 } });
    expect(recipe.historyOf(['vars', 'x'])).toHaveLength(301);
  });
  it('mixes YAML and JSON', async () => {
    expect(await resolved({ 'base.json': '{"vars": {"x": 1}}', 'a.yaml': 'extends: base.json' })).toEqual({
      vars: { x: 1 },
    });
  });
  it('refuses a circle, and shows the way round', async () => {
    expect(
      await found({
        'b.yaml': 'vars: {}\nextends: c.yaml',
        'c.yaml': 'extends: a.yaml',
        'a.yaml': 'extends: b.yaml\nname: x',
      }),
    ).toMatchInlineSnapshot(`
      "error c.yaml:1:10 extends: a recipe can't be its own ancestor: a.yaml:1:10 -> b.yaml:2:10 -> c.yaml:1:10 -> a.yaml
        remove one \`extends\` of this circle"
    `);
    expect(await found({ 'a.yaml': 'extends: a.yaml' })).toMatchInlineSnapshot(`
      "error a.yaml:1:10 extends: a recipe can't be its own ancestor: a.yaml:1:10 -> a.yaml
        remove one \`extends\` of this circle"
    `);
    expect(
      await found({ 'b.yaml': 'extends: c.yaml', 'c.yaml': 'extends: b.yaml', 'a.yaml': 'extends: b.yaml' }),
    ).toMatchInlineSnapshot(`
      "error c.yaml:1:10 extends: a recipe can't be its own ancestor: b.yaml:1:10 -> c.yaml:1:10 -> b.yaml
        remove one \`extends\` of this circle"
    `);
  });
  it('sees a circle through a symbolic link', async () => {
    const folder = folderWith({ 'a.yaml': 'extends: link.yaml' });
    symlinkSync(join(folder, 'a.yaml'), join(folder, 'link.yaml'));
    const recipe = await loadRecipe('a.yaml', { cwd: folder });
    expect(shown(recipe.findings, folder)).toContain("a recipe can't be its own ancestor");
  });
  it('says where a parent is missing that is named', async () => {
    expect(
      await found({ 'base_recipe.yml': '', 'a.yaml': 'name: a\nextends: base_recipe.yaml' }),
    ).toMatchInlineSnapshot(`
      "error a.yaml:2:10 extends: there is no parent recipe base_recipe.yaml
        did you mean base_recipe.yml?"
    `);
  });
  it('shows what is wrong in a parent at its place there', async () => {
    expect(await found({ 'base.yaml': 'vars: {\n', 'a.yaml': 'extends: base.yaml' })).toMatchInlineSnapshot(`
      "error base.yaml:2:1: Flow map in block collection must be sufficiently indented and end with a }
        look at the indentation and the brackets of this line and the one before it"
    `);
  });
  it.each([
    ['[a.yaml, b.yaml]', 'several parents: not supported by this version'],
    ['{path: a.yaml}', 'a parent with options: not supported by this version'],
    [
      'https://example.org/a.yaml',
      'the remote parent https://example.org/a.yaml: not supported by this version',
    ],
    [
      'datacook://defaults/postgres',
      'the remote parent datacook://defaults/postgres: not supported by this version',
    ],
    ['base.ts', 'is a module: recipes in TypeScript or JavaScript are not supported by this version'],
    ['"{{ var(\'x\') }}"', 'no templates here'],
    ['', 'names no parent'],
    ['5', 'names no parent'],
  ])('refuses %s', async (value, message) => {
    const text = await found({ 'a.yaml': `name: a\nextends: ${value}\n` });
    expect(text).toContain('error a.yaml:2:');
    expect(text).toContain(message);
  });
});

describe('what this version does not support', () => {
  it('is refused at its place', async () => {
    const text = `final: [transform.steps.a]
macros:
  p:
    params: {col: {type: string}}
    steps: []
transform:
  use:
    - {macro: p, with: {col: x}}
  steps:
    - {replace: a, type: x}
    - {before: a, type: x}
    - {after: a, type: x}
    - {remove: a}
    - {use: p, with: {col: x}}
source:
  columns: {$append: [a]}
  streams:
    - name: s
      transform: {steps: [{remove: a}]}
destination: {$replace: {type: x}}
vars:
  a: {$prepend: []}
`;
    expect(await found({ 'a.yaml': text })).toMatchInlineSnapshot(`
      "error a.yaml:1:1 final: \`final\`: not supported by this version
        remove it
      error a.yaml:16:13 source.columns: $append: not supported by this version
        remove what is inherited with \`delete\`, and write the whole value
      error a.yaml:20:15 destination: $replace: not supported by this version
        remove what is inherited with \`delete\`, and write the whole value
      error a.yaml:22:7 vars.a: $prepend: not supported by this version
        remove what is inherited with \`delete\`, and write the whole value
      error a.yaml:3:3 macros.p: a macro with parameters: not supported by this version
        write the macro as a plain list of steps
      error a.yaml:8:7 transform.use[0]: a macro with parameters: not supported by this version
        name the macro alone
      error a.yaml:10:8 transform.steps[0]: editing a step by \`replace\`: not supported by this version
        remove the inherited step with \`delete\`, and write it anew
      error a.yaml:11:8 transform.steps[1]: editing a step by \`before\`: not supported by this version
        remove the inherited step with \`delete\`, and write it anew
      error a.yaml:12:8 transform.steps[2]: editing a step by \`after\`: not supported by this version
        remove the inherited step with \`delete\`, and write it anew
      error a.yaml:13:8 transform.steps[3]: editing a step by \`remove\`: not supported by this version
        remove the inherited step with \`delete\`, and write it anew
      error a.yaml:14:16 transform.steps[4]: a macro with parameters: not supported by this version
      error a.yaml:19:28 source.streams[0].transform.steps[0]: editing a step by \`remove\`: not supported by this version
        remove the inherited step with \`delete\`, and write it anew"
    `);
  });
  it.each(['$replace:', '$append: [1]', '$prepend: {name: a}'])(
    'is refused also as a whole recipe: %s',
    async (text) => {
      expect(await found({ 'a.yaml': text })).toContain('error a.yaml:1:1: $');
    },
  );
  it('says what a folder is not', async () => {
    const text = await found({ 'a.yaml': 'name: a\n' }, { overlays: ['.'] });
    expect(text).toContain('is a folder, not an overlay');
  });
});
