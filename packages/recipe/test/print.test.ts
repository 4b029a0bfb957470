import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  loadRecipe,
  type PrintOptions,
  recipeFromObject,
  recipeFromText,
  resolvedText,
} from '../src/index.js';
import { folderWith } from './support/files.js';
import { RICH, stubPlugins } from './support/plugins.js';

afterEach(() => vi.unstubAllEnvs());

const PLUGINS = stubPlugins(RICH);

async function print(text: string, options: Partial<PrintOptions> = {}): Promise<string> {
  const recipe = await recipeFromText(text, { file: '/nowhere/a.yaml' });
  expect(recipe.findings).toEqual([]);
  return resolvedText(recipe, { format: 'yaml', ...options });
}

describe('resolvedText', () => {
  it('puts keys into the order they are read in', async () => {
    const text = `runtime: {max_retries: 1, batch_size: 2}
zzz: 1
destination: {merge_keys: [a, b], table: t, x: 1, type: d}
transform: {steps: [{mapping: {a: b}, type: r, id: i}]}
state: {key: k, type: local}
source: {incremental: {strategy: cursor}, table: t, type: s}
vars: {a: 1}
description: d
name: n
`;
    expect(await print(text)).toMatchInlineSnapshot(`
      "name: "n"
      description: d
      vars:
        a: 1
      source:
        type: s
        table: t
        incremental:
          strategy: cursor
      transform:
        steps:
          - id: i
            type: r
            mapping:
              a: b
      destination:
        type: d
        table: t
        merge_keys: [a, b]
        x: 1
      state:
        type: local
        key: k
      runtime:
        batch_size: 2
        max_retries: 1
      zzz: 1
      "
    `);
  });
  it('writes every text so that it reads back', async () => {
    const text = `name: n
vars:
  a: "123"
  b: "true"
  c: ""
  d: "a: b"
  e: " x "
  f: "# no"
  g: "2024-01-01"
  h: "yes"
  i: "- a"
  j: "\\u0085\\u2028\\ufeff\\u0000"
  k: "line one\\nline two\\n"
  l: "line one\\nline two"
  m: "trailing \\nblank"
  n: "  indented\\nfirst"
  o: "a #b"
  p: "public.customers"
  q: now()
  r: "*x"
  s: null
  t: "null"
  u: 9007199254740993
  v: 1e30
  w: 0.1
  "key: odd": 1
  "": 2
`;
    expect(await print(text)).toMatchInlineSnapshot(`
      "name: "n"
      vars:
        a: "123"
        b: "true"
        c: ""
        d: "a: b"
        e: " x "
        f: "# no"
        g: "2024-01-01"
        h: "yes"
        i: "- a"
        j: "\\u0085\\u2028\\ufeff\\u0000"
        k: |
          line one
          line two
        l: |-
          line one
          line two
        m: "trailing \\nblank"
        "n": "  indented\\nfirst"
        o: "a #b"
        p: public.customers
        q: now()
        r: "*x"
        s: null
        t: "null"
        u: 9007199254740993
        v: 1e+30
        w: 0.1
        "key: odd": 1
        "": 2
      "
    `);
  });
  it('says where each value comes from', async () => {
    const folder = folderWith({
      'base.yaml':
        'destination: {type: d, merge_keys: [a, b], opts: {}}\nsource:\n  query: |\n    select 1\n    from t\n',
      'r/a.yaml': 'extends: ../base.yaml\nname: n\n',
    });
    const recipe = await loadRecipe('r/a.yaml', { cwd: folder });
    const text = resolvedText(recipe, { format: 'yaml', origin: true });
    expect(text).toMatchInlineSnapshot(`
      "name: "n" # a.yaml:2
      source:
        query: | # ../base.yaml:3
          select 1
          from t
      destination:
        type: d # ../base.yaml:1
        merge_keys:
          - a # ../base.yaml:1
          - b # ../base.yaml:1
        opts: {} # ../base.yaml:1
      "
    `);
    const again = await recipeFromText(text, { file: 'r/b.yaml', cwd: folder });
    expect(again.value).toEqual(recipe.value);
    const json = JSON.parse(resolvedText(recipe, { format: 'json', origin: true }));
    expect(json.name).toEqual({ value: 'n', origin: { file: `${folder}/r/a.yaml`, line: 2, column: 7 } });
    expect(json.destination.merge_keys[1].value).toBe('b');
    expect(json.destination.opts.value).toEqual({});
  });
  it('prints JSON that keeps every digit', async () => {
    expect(
      await print('name: n\nvars: {a: 9007199254740993, b: 1e30, c: [], d: !literal "{{"}', {
        format: 'json',
      }),
    ).toBe(
      '{\n  "name": "n",\n  "vars": {\n    "a": 9007199254740993,\n    "b": 1e+30,\n    "c": [],\n    "d": { "$literal": "{{" }\n  }\n}\n',
    );
  });
  it('leaves templates, or fills in the environment', async () => {
    vi.stubEnv('DATACOOK_TEST_H', 'host');
    const text = `name: load\nsource: {type: db, host: "{{ env_var('DATACOOK_TEST_H') }}", password: "{{ env_var('DATACOOK_TEST_H') }}", where: "{{ env_var('DATACOOK_TEST_UNSET') }} {{ run.id }}"}\n`;
    expect(await print(text, { plugins: PLUGINS })).toBe(
      `name: load\nsource:\n  type: db\n  host: "{{ env_var('DATACOOK_TEST_H') }}"\n  where: "{{ env_var('DATACOOK_TEST_UNSET') }} {{ run.id }}"\n  password: "{{ env_var('DATACOOK_TEST_H') }}"\n`,
    );
    expect(await print(text, { plugins: PLUGINS, expand: true })).toBe(
      `name: load\nsource:\n  type: db\n  host: host\n  where: "{{ env_var('DATACOOK_TEST_UNSET') }} {{ run.id }}"\n  password: "***"\n`,
    );
  });
  it('hides whatever comes from the environment where no plug-in says what is secret', async () => {
    vi.stubEnv('DATACOOK_TEST_H', 'topsecret');
    const text = `name: load\nsource: {type: db, host: "x{{ env_var('DATACOOK_TEST_H') }}"}\n`;
    expect(await print(text, { expand: true })).toBe('name: load\nsource:\n  type: db\n  host: "***"\n');
  });
  it('hides written secrets, also in formats, and the passwords of URLs', async () => {
    const text = `name: n
source: {type: file, path: "s3://key:secret@bucket/x?token=abc&a=b", format: {type: csv, key: secret}}
destination: {type: duck, token: secret}
`;
    const shown = await print(text, { plugins: PLUGINS });
    expect(shown).not.toContain('secret');
    expect(shown).toContain('path: "s3://key:***@bucket/x?token=***&a=b"');
  });
  it('hides what its name says to be secret where no plug-in knows the name', async () => {
    const text = `name: n
password: hidden
vars: {apiKey: hidden, token_column: seen}
source: {type: db, table: t, secret_key: hidden, where: seen, credentials: {user: hidden}}
transform: {steps: [{type: rename_columns, mapping: {password: seen}, token: hidden}]}
destination: {type: duck, passphrase: "{{ env_var('SEEN') }}", db_password: hidden}
`;
    const shown = await print(text, { plugins: PLUGINS });
    expect(shown).not.toContain('hidden');
    expect(shown.match(/\*\*\*/g)).toHaveLength(6);
    expect(shown).toContain('token_column: seen');
    expect(shown).toContain('password: seen');
    expect(shown).toContain("env_var('SEEN')");
  });
  it('writes paths of other folders relative to the recipe', async () => {
    const folder = folderWith({
      'base/base.yaml':
        'source: {type: file, path: [x.csv, ../y/*.csv, /z, "d/{{ env_var(\'E\') }}", "{{ env_var(\'E\') }}/f"]}',
      'r/a.yaml': 'extends: ../base/base.yaml\nname: n\ndestination: {type: duck, path: own.duckdb}\n',
    });
    const recipe = await loadRecipe('r/a.yaml', { cwd: folder });
    expect(resolvedText(recipe, { format: 'yaml', plugins: PLUGINS })).toMatchInlineSnapshot(`
      "name: "n"
      source:
        type: file
        path:
          - ../base/x.csv
          - ../y/*.csv
          - /z
          - "../base/d/{{ env_var('E') }}"
          - "{{ env_var('E') }}/f"
      destination:
        type: duck
        path: own.duckdb
      "
    `);
  });
  it('settles conn_id against an inline address', async () => {
    const folder = folderWith({
      'base.yaml': 'source: {type: db, host: h, port: 1, table: t}',
      'a.yaml': 'extends: base.yaml\nname: load\nsource: {conn_id: c}\n',
    });
    const recipe = await loadRecipe('a.yaml', { cwd: folder });
    expect(resolvedText(recipe, { format: 'yaml', plugins: PLUGINS })).toBe(
      'name: load\nsource:\n  type: db\n  conn_id: c\n  table: t\n',
    );
  });
  it('prints what a program made', () => {
    const recipe = recipeFromObject({
      name: 'n',
      source: { type: 'x', skip: undefined, list: [1, [2, { a: [] }]] },
    });
    expect(resolvedText(recipe, { format: 'yaml', origin: true })).toMatchInlineSnapshot(`
      "name: "n" # <object>
      source:
        type: x # <object>
        list:
          - 1 # <object>
          - - 2 # <object>
            - a: [] # <object>
      "
    `);
  });
});
