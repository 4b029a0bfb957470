import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadRecipe, recipeFromText } from '../src/index.js';
import { folderWith, shown } from './support/files.js';

const FOLDER = folderWith({});

async function findingsOf(text: string, file = 'a.yaml'): Promise<string> {
  const recipe = await recipeFromText(text, { file, cwd: FOLDER });
  return shown(recipe.findings, FOLDER);
}

async function resolvedValue(text: string, file = 'a.yaml'): Promise<unknown> {
  const recipe = await recipeFromText(text, { file, cwd: FOLDER });
  expect(shown(recipe.findings, FOLDER)).toBe('');
  return recipe.value;
}

describe('wrong YAML', () => {
  it('says where a tab indents', async () => {
    expect(await findingsOf('source:\n\ttype: x\n')).toMatchInlineSnapshot(`
      "error a.yaml:2:1: Tabs are not allowed as indentation
        indent with blanks"
    `);
  });
  it('says where a mapping begins inside a line', async () => {
    expect(await findingsOf('name: a: b\n')).toMatchInlineSnapshot(`
      "error a.yaml:1:7: Nested mappings are not allowed in compact mappings
        put a value that contains ": " in quotes"
    `);
  });
  it('says where a quote is missing', async () => {
    expect(await findingsOf('name: "abc\nsource: {}\n')).toMatchInlineSnapshot(
      `
      "error a.yaml:3:1: Missing closing "quote
        look for a quote, bracket or brace that was opened and not closed"
    `,
    );
  });
  it('refuses a reserved character at the beginning of a value', async () => {
    expect(await findingsOf('name: @abc\n')).toMatchInlineSnapshot(`
      "error a.yaml:1:7: Plain value cannot start with reserved character @
        put the value in quotes"
    `);
  });
  it('reports the first error of syntax only', async () => {
    expect(await findingsOf(' name: a\nsource: b\ntransform: c\n')).toMatchInlineSnapshot(
      `
      "error a.yaml:2:1: Unexpected scalar at node end
        look at the indentation and the quotes of this line and the one before it"
    `,
    );
  });
  it.each([
    ['name: {{ x }}\n'],
    ['name: {{ x }}_b\n'],
    ["name: {{ env_var('A', 'b') }}\n"],
    ['destination:\n  merge_keys:\n    - {{ x }}\n'],
    ['destination:\n  merge_keys: [{{ x }}]\n'],
  ])('knows a template without quotes: %j', async (text) => {
    const found = await findingsOf(text);
    expect(found).toContain('a template without quotes, which YAML reads as a mapping');
    expect(found).toContain(`put it in quotes: "{{ var('x') }}"`);
    expect(found.split('\n')).toHaveLength(2);
  });
  it('points at the braces of a template without quotes', async () => {
    expect(await findingsOf('source:\n  table: {{ x }}\n')).toMatchInlineSnapshot(`
      "error a.yaml:2:10: a template without quotes, which YAML reads as a mapping
        put it in quotes: "{{ var('x') }}""
    `);
  });
  it('points at them also where the line is no YAML for it', async () => {
    expect(await findingsOf('source:\n  table: {{ x }}_b\n')).toContain(
      'error a.yaml:2:10: a template without quotes',
    );
    expect(await findingsOf('source: "a: {{ x }}" b\n')).toContain(
      'error a.yaml:1:22: Unexpected scalar at node end',
    );
  });
  it('refuses keys that stand twice, with both places', async () => {
    expect(
      await findingsOf('name: a\nsource: {type: x, type: y}\nname: b\n1: x\n"1": y\n'),
    ).toMatchInlineSnapshot(`
      "error a.yaml:2:19: \`type\` stands here twice; first at line 2
        remove one of the two
      error a.yaml:3:1: \`name\` stands here twice; first at line 1
        remove one of the two
      error a.yaml:5:1: \`1\` stands here twice; first at line 4
        remove one of the two"
    `);
  });
  it('refuses the merge key', async () => {
    expect(await findingsOf('x: &x {a: 1}\nruntime:\n  <<: *x\n')).toMatchInlineSnapshot(`
      "error a.yaml:3:3: YAML's merge key << is not for recipes
        put what is common into a recipe of its own, and name it under \`extends\`"
    `);
  });
  it('refuses tags', async () => {
    expect(
      await findingsOf('a: !!binary aGk=\nb: !mine 1\nc: !!int abc\nd: !!set {x}\ne: !<tag:x,2000:y> {}\n'),
    ).toMatchInlineSnapshot(`
      "error a.yaml:1:13: the tag !!binary can't stand here
        recipes know YAML's core tags, which fit their value, and !literal
      error a.yaml:2:10: the tag !mine can't stand here
        recipes know YAML's core tags, which fit their value, and !literal
      error a.yaml:3:10: the tag !!int can't stand here
        recipes know YAML's core tags, which fit their value, and !literal
      error a.yaml:4:10: the tag !!set can't stand here
        recipes know YAML's core tags, which fit their value, and !literal
      error a.yaml:5:20: the tag tag:x,2000:y can't stand here
        recipes know YAML's core tags, which fit their value, and !literal"
    `);
  });
  it('says that operators are not supported', async () => {
    expect(
      await findingsOf('a: !replace [1]\nb: !append [1]\nc: !prepend [1]\nd: !replace {x: 1}\n'),
    ).toMatchInlineSnapshot(`
      "error a.yaml:1:13: !replace is not supported by this version
        remove the inherited value with \`delete\`, and write the whole one
      error a.yaml:2:12: !append is not supported by this version
        remove the inherited value with \`delete\`, and write the whole one
      error a.yaml:3:13: !prepend is not supported by this version
        remove the inherited value with \`delete\`, and write the whole one
      error a.yaml:4:13: !replace is not supported by this version
        remove the inherited value with \`delete\`, and write the whole one"
    `);
  });
  it('refuses several documents', async () => {
    expect(await findingsOf('name: a\n---\nname: b\n')).toMatchInlineSnapshot(`
      "error a.yaml:2:1: a file is one recipe, and this one has several documents
        remove the \`---\` line, or make it a file of its own"
    `);
  });
  it.each([[''], ['# nothing\n'], ['---\n'], ['\n\n']])('says that %j is empty', async (text) => {
    expect(await findingsOf(text)).toBe(
      'error a.yaml:1:1: this recipe is empty\n  give it at least a name, a source and a destination',
    );
  });
  it('wants a mapping', async () => {
    expect(await findingsOf('- a\n- b\n')).toMatchInlineSnapshot(
      `"error a.yaml:1:1: a recipe is a mapping of keys, and this is a list"`,
    );
    expect(await findingsOf('just text\n')).toMatchInlineSnapshot(
      `"error a.yaml:1:1: a recipe is a mapping of keys, and this is a single value"`,
    );
    expect(await findingsOf('null\n')).toMatchInlineSnapshot(
      `"error a.yaml:1:1: a recipe is a mapping of keys, and this is a single value"`,
    );
  });
  it('refuses keys that are none', async () => {
    expect(await findingsOf('? [a]\n: b\n')).toMatchInlineSnapshot(
      `"error a.yaml:1:3: a key is a single word or text"`,
    );
    expect(await findingsOf(': b\n')).toMatchInlineSnapshot(
      `"error a.yaml:1:1: there is no key before this colon"`,
    );
    expect(await findingsOf('__proto__: b\n')).toMatchInlineSnapshot(
      `"error a.yaml:1:1: \`__proto__\` can't be a key"`,
    );
    expect(await findingsOf('"a {{ b }}": b\n')).toMatchInlineSnapshot(`
      "error a.yaml:1:1: templates stand in values, not in keys
        write the key out"
    `);
  });
  it('refuses numbers that JSON has no word for', async () => {
    expect(await findingsOf('a: .inf\nb: .nan\nc: 1e999\n')).toMatchInlineSnapshot(`
      "error a.yaml:1:4: .inf is no number that a recipe can hold
        put it in quotes if it is meant as text
      error a.yaml:2:4: .nan is no number that a recipe can hold
        put it in quotes if it is meant as text
      error a.yaml:3:4: 1e999 is no number that a recipe can hold
        put it in quotes if it is meant as text"
    `);
  });
  it('refuses YAML 1.1', async () => {
    expect(await findingsOf('%YAML 1.1\n---\nname: a\n')).toMatchInlineSnapshot(
      `"error a.yaml:1:1: recipes are YAML 1.2, not 1.1"`,
    );
  });
  it('refuses unknown, open and explosive aliases', async () => {
    expect(await findingsOf('a: *x\n')).toMatchInlineSnapshot(
      `"error a.yaml:1:4: there is no anchor &x before this alias"`,
    );
    expect(await findingsOf('a: &a [*a]\n')).toMatchInlineSnapshot(
      `"error a.yaml:1:8: the alias *a stands inside what it stands for"`,
    );
    const bomb = ['a0: &a0 [1,1,1,1,1,1,1,1,1,1]'];
    for (let i = 1; i < 9; i += 1)
      bomb.push(
        `a${i}: &a${i} [${Array(10)
          .fill(`*a${i - 1}`)
          .join(',')}]`,
      );
    expect(await findingsOf(bomb.join('\n'))).toMatchInlineSnapshot(
      `"error a.yaml:5:22: the aliases of this file add more than 50000 values"`,
    );
  });
  it.each([
    ['['.repeat(50_000)],
    ['- '.repeat(50_000)],
    ['{a: '.repeat(50_000)],
    [`a: ${'['.repeat(200)}${']'.repeat(200)}`],
  ])('bounds nesting (case %#)', async (text) => {
    expect(await findingsOf(text)).toContain('nested more than 100 levels deep');
  });
});

describe('wrong files', () => {
  it('refuses what is no UTF-8, too large, missing, a folder or a module', async () => {
    const folder = folderWith({
      'latin.yaml': Uint8Array.from([0x6e, 0x3a, 0x20, 0xe4]),
      'large.yaml': `name: ${'x'.repeat(1_000_000)}`,
      'orders.yaml': 'name: a',
      'dir.yaml/x': '',
    });
    const load = async (file: string) => shown((await loadRecipe(file, { cwd: folder })).findings, folder);
    expect(await load('latin.yaml')).toMatchInlineSnapshot(`
      "error: the recipe latin.yaml is not UTF-8 text
        save it as UTF-8"
    `);
    expect(await load('large.yaml')).toMatchInlineSnapshot(`
      "error: large.yaml has 1000006 bytes: a recipe has at most 1000000
        data belongs into files of its own"
    `);
    expect(await load('order.yaml')).toMatchInlineSnapshot(`
      "error: there is no recipe order.yaml
        did you mean orders.yaml?"
    `);
    expect(await load('nowhere/order.yaml')).toBe(
      `error: there is no recipe nowhere/order.yaml\n  there is no folder ${join(folder, 'nowhere').replace(`${folder}/`, '')}`,
    );
    expect(await load('dir.yaml')).toMatchInlineSnapshot(`"error: dir.yaml is a folder, not a recipe"`);
    expect(await load('recipe.ts')).toMatchInlineSnapshot(`
      "error: recipe.ts is a module: recipes in TypeScript or JavaScript are not supported by this version
        write the recipe in YAML or JSON"
    `);
  });
  it('keeps the code of a missing file', async () => {
    const recipe = await loadRecipe('none.yaml', { cwd: FOLDER });
    expect(recipe.findings[0]?.code).toBe('NOT_FOUND');
    expect(recipe.file).toBe(join(FOLDER, 'none.yaml'));
    expect(recipe.isFragment).toBe(true);
  });
});

describe('JSON', () => {
  it('is read with tabs, escapes and positions', async () => {
    const text = '{\n\t"name": "a\\ud83d\\ude00\\/",\n\t"runtime": {"batch_size": 5e3}\n}\n';
    expect(await resolvedValue(text, 'a.json')).toEqual({ name: 'a😀/', runtime: { batch_size: 5000 } });
    const recipe = await recipeFromText(text, { file: 'a.json', cwd: FOLDER });
    expect(recipe.originOf(['runtime', 'batch_size'])).toEqual({
      file: join(FOLDER, 'a.json'),
      line: 3,
      column: 28,
    });
  });
  it('must be JSON', async () => {
    expect(await findingsOf("{'name': 'a'}", 'a.json')).toMatchInlineSnapshot(
      `"error a.json:1:2: not valid JSON: expected a key in double quotes"`,
    );
    expect(await findingsOf('{"name": "a",}', 'a.json')).toMatchInlineSnapshot(
      `"error a.json:1:14: not valid JSON: expected a key in double quotes"`,
    );
    expect(await findingsOf('{"name": "a"', 'a.json')).toMatchInlineSnapshot(
      `"error a.json:1:13: not valid JSON: expected , or }"`,
    );
    expect(await findingsOf('name: a', 'a.json')).toMatchInlineSnapshot(
      `"error a.json:1:1: not valid JSON: expected a value"`,
    );
    expect(await findingsOf('{"name": "a", "name": "b"}', 'a.json')).toMatchInlineSnapshot(`
      "error a.json:1:15: \`name\` stands here twice; first at line 1
        remove one of the two"
    `);
  });
});

describe('values', () => {
  it('are those of the core schema', async () => {
    const text =
      'tests: [yes, no, ~, null, "", 0x1F, 0o17, 1.50, 1e3, -0, -0.0, 2024-01-01, 1_000, TRUE, "1", 012]\n';
    expect(await resolvedValue(text)).toEqual({
      tests: ['yes', 'no', null, null, '', 31, 15, 1.5, 1000, 0, 0, '2024-01-01', '1_000', true, '1', 12],
    });
  });
  it('keep every digit of integers', async () => {
    expect(
      await resolvedValue('tests: [9007199254740991, 9007199254740993, -123456789012345678901234567890]\n'),
    ).toEqual({
      tests: [9007199254740991, 9007199254740993n, -123456789012345678901234567890n],
    });
  });
  it('know core tags, !literal and aliases', async () => {
    const text =
      'tests: [!!str 5, !!int "7", !!float 5, !!bool "true", !!null "", ! 8, !literal "{{ x }}", !literal 5, &a {b: 1}, *a]\n';
    expect(await resolvedValue(text)).toEqual({
      tests: ['5', 7, 5, true, null, '8', { $literal: '{{ x }}' }, '5', { b: 1 }, { b: 1 }],
    });
  });
  it('have keys of any form, as text', async () => {
    expect(await resolvedValue('vars:\n  1: a\n  1.10: b\n  true: c\n  "x.y": d\n  ~: e\n')).toEqual({
      vars: { 1: 'a', '1.10': 'b', true: 'c', 'x.y': 'd', '~': 'e' },
    });
  });
  it('have places, an alias that of its anchor', async () => {
    const recipe = await recipeFromText('vars:\n  a: &x hello\n  b: *x\n  c:\n  d: [1]\n', {
      file: 'a.yaml',
      cwd: FOLDER,
    });
    const at = (...path: string[]) => {
      const origin = recipe.originOf(path);
      return `${origin?.line}:${origin?.column}`;
    };
    expect([
      at('vars', 'a'),
      at('vars', 'b'),
      at('vars', 'c'),
      at('vars', 'd'),
      at('vars', 'zzz'),
      at('vars'),
    ]).toEqual(['2:9', '2:9', '4:3', '5:3', '1:1', '1:1']);
  });
  it('survive a byte order mark and Windows lines', async () => {
    const folder = folderWith({ 'a.yaml': '\ufeffname: a\r\nvars:\r\n  x: 1\r\n' });
    const recipe = await loadRecipe('a.yaml', { cwd: folder });
    expect(recipe.findings).toEqual([]);
    expect(recipe.value).toEqual({ name: 'a', vars: { x: 1 } });
    expect(recipe.originOf(['vars', 'x'])).toMatchObject({ line: 3, column: 6 });
  });
});
