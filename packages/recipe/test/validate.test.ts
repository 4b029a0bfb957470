import { afterEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { loadRecipe, recipeFromObject, validateRecipe } from '../src/index.js';
import { folderWith, shown } from './support/files.js';
import { RICH, stubPlugins } from './support/plugins.js';

afterEach(() => vi.unstubAllEnvs());

const PLUGINS = stubPlugins(RICH);

async function check(
  files: Readonly<Record<string, string>> | string,
  purpose: 'validate' | 'plan' | 'run' = 'validate',
  plugins = PLUGINS,
): Promise<string> {
  const folder = folderWith(typeof files === 'string' ? { 'a.yaml': files } : files);
  const recipe = await loadRecipe('a.yaml', { cwd: folder });
  return shown(await validateRecipe(recipe, plugins, purpose), folder);
}

const SOURCE = 'source: {type: file, path: a.csv}\n';
const DESTINATION = 'destination: {type: duck, path: a.duckdb}\n';
const COMPLETE = `name: n\n${SOURCE}${DESTINATION}`;

describe('validateRecipe', () => {
  it('finds nothing wrong in a sound recipe', async () => {
    for (const purpose of ['validate', 'plan', 'run'] as const)
      expect(await check(COMPLETE, purpose)).toBe('');
  });
  it('finds everything at once', async () => {
    const text = `name: ""
descripton: x
source:
  type: file
  pth: a.csv
  columns: [a, a]
  format: {type: csv, delimeter: ";", header: maybe}
  incremental: {strategy: cursors}
transform:
  stepz: []
  steps:
    - {type: rename_columns, mapping: {a: 1}}
    - {type: rename_colums}
    - {name: x}
    - nothing
destination:
  type: duck
  table: t
  write_mode: merge
  threads: "4"
  merge_keys: id
  schema_policy: evolv
runtime:
  batch_size: 0
  paralelism: 4
  timeout: soon
  on_error: ignore
  checkpoint: {bytes: 12xb, rows: 1.5}
  retry_backoff: {initial_ms: 5000, max_ms: 100}
state: {type: local, pth: x, lease: 0}
`;
    expect(await check(text)).toMatchInlineSnapshot(`
      "error a.yaml:1:7 name: expected text, but this is empty
      error a.yaml:6:3 source.columns: a name stands here twice
      error a.yaml:14:7 transform.steps[2].type: missing
        expected text
      error a.yaml:15:7 transform.steps[3]: expected a mapping, but this is text
      error a.yaml:10:3 transform.stepz: unknown key
        did you mean \`steps\`?
      error a.yaml:21:15 destination.merge_keys: expected a list, but this is text
      error a.yaml:22:18 destination.schema_policy: expected one of evolve, freeze, discard_column, but this is "evolv"
        did you mean \`evolve\`?
      error a.yaml:30:37 state.lease: expected a duration such as 60s, 5m or 2h, or a number of seconds
      error a.yaml:24:15 runtime.batch_size: expected a whole number above 0
      error a.yaml:26:12 runtime.timeout: expected a duration such as 60s, 5m or 2h, or a number of seconds
      error a.yaml:27:13 runtime.on_error: expected one of fail, reject, but this is "ignore"
      error a.yaml:28:35 runtime.checkpoint.rows: expected a whole number, but this is a fraction
      error a.yaml:28:23 runtime.checkpoint.bytes: expected a size such as 256mb, or a number of bytes
      error a.yaml:25:3 runtime.paralelism: unknown key
        did you mean \`parallelism\`?
      error a.yaml:2:1 descripton: unknown key
        did you mean \`description\`?
      error a.yaml:3:1 source.path: missing
        expected text or a list
      error a.yaml:8:27 source.incremental.strategy: expected one of cursor, files, but this is "cursors"
        did you mean \`cursor\`?
      error a.yaml:5:3 source.pth: unknown key
        did you mean \`path\`?
      error a.yaml:7:47 source.format.header: expected true or false, but this is text
      error a.yaml:7:23 source.format.delimeter: unknown key
        did you mean \`delimiter\`?
      error a.yaml:12:43 transform.steps[0].mapping.a: expected text, but this is a whole number
        put it in quotes
      error a.yaml:13:14 transform.steps[1].type: there is no transform rename_colums
        npm install @datacook/connector-rename_colums
      error a.yaml:20:12 destination.threads: expected a number, but this is text
        remove the quotes
      error a.yaml:30:22 state.pth: unknown key
        did you mean \`path\`?
      error a.yaml:19:15 destination.write_mode: the destination duck doesn't offer write_mode merge
        it offers append, replace
      error a.yaml:29:3 runtime.retry_backoff: initial_ms (5000) is greater than max_ms (100)"
    `);
  });
  it('says what kind of value is expected', async () => {
    const text = `${COMPLETE}runtime:
  batch_size: "5000"
  parallelism: 1.5
  max_retries: true
  timeout: [1]
  grace_seconds:
  checkpoint: 5
  guarantee: at_least_once
transform: x
description: 5
`;
    expect(await check(text)).toMatchInlineSnapshot(`
      "error a.yaml:13:14 description: expected text, but this is a whole number
        put it in quotes
      error a.yaml:12:12 transform: expected a mapping, but this is text
      error a.yaml:5:15 runtime.batch_size: expected a number, but this is text
        remove the quotes
      error a.yaml:6:16 runtime.parallelism: expected a whole number, but this is a fraction
      error a.yaml:7:16 runtime.max_retries: expected a number, but this is true
      error a.yaml:8:3 runtime.timeout: expected a number or text, but this is a list
      error a.yaml:10:15 runtime.checkpoint: expected a mapping, but this is a whole number
      error a.yaml:9:3 runtime.grace_seconds: expected a number, but this is empty
      error a.yaml:11:14 runtime.guarantee: expected exactly_once, but this is "at_least_once""
    `);
  });
  it('hints at a filter where a template yields text', async () => {
    const files = { 'a.yaml': `${COMPLETE}vars: {n: "5"}\nruntime:\n  batch_size: "{{ var('n') }}"\n` };
    expect(await check(files)).toMatchInlineSnapshot(`
      "error a.yaml:6:15 runtime.batch_size: expected a number, but this is text
        a template yields text: add \`| number\`"
    `);
  });
  it('names unknown types at their place, with the hint of what is installed', async () => {
    expect(
      await check('name: n\nsource: {type: nope}\ndestination: {type: duck, path: x}\n'),
    ).toMatchInlineSnapshot(`
      "error a.yaml:2:16 source.type: there is no source nope
        npm install @datacook/connector-nope"
    `);
    expect(
      await check(`${COMPLETE.replace('path: a.csv', 'path: a.csv, format: xml')}state: {type: moon}`),
    ).toMatchInlineSnapshot(`
      "error a.yaml:2:43 source.format: there is no format xml
        npm install @datacook/connector-xml
      error a.yaml:4:15 state.type: there is no state moon
        npm install @datacook/connector-moon"
    `);
    expect(await check(`${COMPLETE.replace('path: a.csv', 'path: a.csv, format: {type: xml}')}`)).toContain(
      'source.format.type: there is no format xml',
    );
  });
  it('refuses a write mode that the destination does not declare', async () => {
    expect(
      await check(
        'name: n\nsource: {type: file, path: a}\ndestination:\n  type: duck\n  write_mode: merge\n',
      ),
    ).toMatchInlineSnapshot(`
      "error a.yaml:5:15 destination.write_mode: the destination duck doesn't offer write_mode merge
        it offers append, replace"
    `);
    expect(await check('name: n\nsource: {type: file, path: a}\ndestination: {type: "null"}\n')).toContain(
      'it declares none',
    );
  });
  it('wants a table where the stream has no plain name', async () => {
    expect(
      await check('name: n\nsource: {type: db, host: h, table: public.t}\ndestination:\n  type: duck\n'),
    ).toMatchInlineSnapshot(`
      "error a.yaml:3:1 destination.table: missing, and the stream's name "public.t" is no plain name of a table
        name the table, for instance by \`table: "{{ stream.table }}"\`"
    `);
    expect(
      await check('name: my-load\nsource: {type: file, path: x}\ndestination: {type: duck}\n'),
    ).toContain('"my-load" is no plain name of a table');
    expect(await check('name: n\nsource: {type: db, host: h, table: t}\ndestination: {type: duck}\n')).toBe(
      '',
    );
  });
  it('says of a fragment what it lacks: a warning, but an error where it is to run', async () => {
    expect(await check('name: n\nsource: {conn_id: x}\n')).toMatchInlineSnapshot(`
      "warning a.yaml:1:1: a fragment, which can't be run: it has no source.type, no destination
        extend it by a recipe that has what is missing"
    `);
    expect(await check('name: n\n', 'plan')).toContain(
      "error a.yaml:1:1: a fragment, which can't be run: it has no source, no destination",
    );
    expect(await check('vars: {}\n', 'run')).toContain('error a.yaml:1:1: a fragment');
  });
  it('asks a fragment for nothing that a child may bring', async () => {
    expect(
      await check('source: {type: db, conn_id: c}\ndestination: {type: duck, threds: 1}\n'),
    ).toMatchInlineSnapshot(`
      "warning a.yaml:1:1: a fragment, which can't be run: it has no name
        extend it by a recipe that has what is missing
      warning a.yaml:1:29 source.conn_id: the connection c is defined neither in the environment nor in datacook.yaml
        set DATACOOK_CONN_C to its URL, or describe it under \`connections.c\` in datacook.yaml
      error a.yaml:2:27 destination.threds: unknown key
        did you mean \`threads\`?"
    `);
  });
  it('checks macros that nothing calls', async () => {
    expect(
      await check(`${COMPLETE}macros:\n  m:\n    - {type: add_column, nme: x, value: 1}\n`),
    ).toMatchInlineSnapshot(`
      "error a.yaml:6:7 macros.m[0].name: missing
        expected text
      error a.yaml:6:26 macros.m[0].nme: unknown key
        did you mean \`name\`?"
    `);
  });
  it('knows what a child overrode, and does not check it', async () => {
    const files = {
      'base.yaml': 'runtime: {batch_size: wrong}',
      'a.yaml': `extends: base.yaml\n${COMPLETE}runtime: {batch_size: 5}`,
    };
    expect(await check(files)).toBe('');
  });
  it('shows what is wrong in a parent at its place there', async () => {
    const files = { 'base.yaml': 'runtime:\n  bath_size: 5\n', 'a.yaml': `extends: base.yaml\n${COMPLETE}` };
    expect(await check(files)).toMatchInlineSnapshot(`
      "error base.yaml:2:3 runtime.bath_size: unknown key
        did you mean \`batch_size\`?"
    `);
  });
  it('does not guess what stands in a file that cannot be read', async () => {
    expect(
      await check({ 'base.yaml': 'a: b: c', 'a.yaml': 'extends: base.yaml\nname: n\nnonsense: 1' }),
    ).toMatchInlineSnapshot(`
      "error base.yaml:1:4: Nested mappings are not allowed in compact mappings
        put a value that contains ": " in quotes"
    `);
  });
  it('refuses streams, which this version cannot run', async () => {
    expect(
      await check(`name: n\nsource: {type: file, path: x, streams: [{name: a}]}\n${DESTINATION}`),
    ).toMatchInlineSnapshot(`
      "error a.yaml:2:31 source.streams: several streams can't be run by this version
        write a recipe for each stream, with what is common in a parent"
    `);
  });
  it('takes a secret out of what a plug-in says', async () => {
    const own = stubPlugins([
      ...RICH.filter(({ type }) => type !== 'file'),
      {
        role: 'source',
        type: 'file',
        config: z.strictObject({
          path: z.string(),
          token: z
            .string()
            .refine(() => false, { error: ({ input }) => `${input} is too short` })
            .meta({ datacook: 'secret' }),
        }),
      },
    ]);
    const text = COMPLETE.replace('path: a.csv', 'path: a.csv, token: hunter2');
    expect(await check(text, 'run', own)).toBe('error a.yaml:2:42 source.token: *** is too short');
  });
  it('lets a plug-in speak in its own words', async () => {
    const own = stubPlugins([
      ...RICH.filter(({ type }) => type !== 'file'),
      {
        role: 'source',
        type: 'file',
        config: z.strictObject({
          path: z.string({ error: 'say a path' }),
          mode: z
            .literal('new', { error: ({ input }) => `there is no mode ${input}; there is new` })
            .optional(),
        }),
      },
    ]);
    expect(await check(COMPLETE.replace('path: a.csv', 'mode: nwe'), 'run', own)).toMatchInlineSnapshot(`
      "error a.yaml:2:1 source.path: say a path
      error a.yaml:2:28 source.mode: there is no mode nwe; there is new"
    `);
  });
  it('works where a plug-in has no schema in its manifest', async () => {
    const plugins = stubPlugins(RICH.map((stub) => ({ ...stub, withoutSchema: true })));
    expect(
      await check(`${COMPLETE.replace('path: a.csv', 'path: a.csv, x: 1')}`, 'validate', plugins),
    ).toMatchInlineSnapshot(`
      "error a.yaml:2:35 source.x: unknown key
        other keys here: type, columns, streams"
    `);
  });
  it('validates what a program made', async () => {
    const recipe = recipeFromObject({
      name: 'n',
      source: { type: 'file', path: 'x' },
      destination: { type: 'duck', tabel: 't' },
    });
    expect(shown(await validateRecipe(recipe, PLUGINS, 'run'), '/')).toMatchInlineSnapshot(`
      "error <object> destination.tabel: unknown key
        did you mean \`table\`?"
    `);
  });
});

describe('a type that is changed', () => {
  it('makes inherited keys errors that the new type does not know', async () => {
    const files = {
      'base.yaml': 'source:\n  type: db\n  table: t\n  host: h\n',
      'a.yaml': `extends: base.yaml\nname: n\nsource:\n  type: file\n  path: x\n  pth: y\n${DESTINATION}`,
    };
    expect(await check(files)).toMatchInlineSnapshot(`
      "error base.yaml:3:3 source.table: inherited from where the source was db; file (a.yaml:4:9) doesn't know it
        write \`delete: [source.table]\` in a.yaml
      error base.yaml:4:3 source.host: inherited from where the source was db; file (a.yaml:4:9) doesn't know it
        write \`delete: [source.host]\` in a.yaml
      error a.yaml:6:3 source.pth: unknown key
        did you mean \`path\`?"
    `);
  });
  it('is settled by deleting them', async () => {
    const files = {
      'base.yaml': 'source: {type: db, table: t, host: h}',
      'a.yaml': `extends: base.yaml\ndelete: [source.table, source.host]\nname: n\nsource: {type: file, path: x}\n${DESTINATION}`,
    };
    expect(await check(files)).toBe('');
  });
});

describe('connections', () => {
  const recipe = (source: string) => `name: n\nsource: {type: db, table: t, ${source}}\n${DESTINATION}`;

  it('that are defined nowhere are a warning, and an error in a run', async () => {
    expect(await check(recipe('conn_id: my-src'))).toMatchInlineSnapshot(`
      "warning a.yaml:2:39 source.conn_id: the connection my-src is defined neither in the environment nor in datacook.yaml
        set DATACOOK_CONN_MY_SRC to its URL, or describe it under \`connections.my-src\` in datacook.yaml"
    `);
    expect(await check(recipe('conn_id: my-src'), 'plan')).toContain('warning a.yaml:2:39 source.conn_id');
    expect(await check(recipe('conn_id: my-src'), 'run')).toContain('error a.yaml:2:39 source.conn_id');
  });
  it('come from the environment, then from datacook.yaml', async () => {
    const files = {
      'datacook.yaml':
        "connections: {src: {type: db, host: h, port: \"{{ env_var('DATACOOK_TEST_PORT', '1') | int }}\"}}",
      'a.yaml': recipe('conn_id: src'),
    };
    expect(await check(files, 'run')).toBe('');
    vi.stubEnv('DATACOOK_CONN_MY_SRC', 'db://h');
    expect(await check(recipe('conn_id: my-src'), 'run')).toBe('');
  });
  it('are checked, at their place, without showing a value', async () => {
    const files = {
      'datacook.yaml': 'connections:\n  src: {host: 5, prt: 1, password: secret}\n',
      'a.yaml': recipe('conn_id: src'),
    };
    expect(await check(files)).toMatchInlineSnapshot(`
      "error datacook.yaml:2:15 source.host: expected text, but this is a whole number
        put it in quotes
      error datacook.yaml:2:18 source.prt: unknown key
        did you mean \`port\`?"
    `);
    vi.stubEnv('DATACOOK_TEST_PORT', 'topsecret');
    const text = await check({
      'datacook.yaml': 'connections:\n  src: {port: "{{ env_var(\'DATACOOK_TEST_PORT\') | int }}"}\n',
      'a.yaml': recipe('conn_id: src'),
    });
    expect(text).toContain('datacook.yaml:2:15');
    expect(text).not.toContain('topsecret');
  });
  it('are not shown by a message of a plug-in that has the value in it', async () => {
    vi.stubEnv('DATACOOK_CONN_SRC', 'db://user:topsecret@h');
    const strict = stubPlugins([
      ...RICH.filter(({ type }) => type !== 'db'),
      {
        role: 'source',
        type: 'db',
        config: z.strictObject({
          conn_id: z.string(),
          table: z.string(),
          url: z.string().refine(() => false, { error: ({ input }) => `can't read ${input}` }),
        }),
      },
    ]);
    const text = await check(recipe('conn_id: src'), 'run', strict);
    expect(text).toBe("error a.yaml:2:39 source.conn_id: DATACOOK_CONN_SRC: can't read ***");
  });
  it('of another type than the plug-in are told as such', async () => {
    const files = {
      'datacook.yaml': 'connections:\n  src: {type: postgres, database: d}\n',
      'a.yaml': recipe('conn_id: src'),
    };
    expect(await check(files, 'run')).toMatchInlineSnapshot(`
      "error a.yaml:2:39 source.conn_id: the connection src is of type postgres, and the source is of type db
        it is described at datacook.yaml:2:15"
    `);
  });
  it('of the environment are told by the name of their variable', async () => {
    vi.stubEnv('DATACOOK_CONN_SRC', ' ');
    expect(await check(recipe('conn_id: src'), 'run')).toContain(
      'error a.yaml:2:39 source.conn_id: DATACOOK_CONN_SRC is empty',
    );
    vi.stubEnv('DATACOOK_CONN_WH', 'duck://topsecret');
    const text = `name: n\n${SOURCE}destination: {type: duck, conn_id: wh}\n`;
    expect(await check(text, 'run')).toContain(
      'error a.yaml:3:36 destination.conn_id: DATACOOK_CONN_WH: a URL is given, and the destination duck takes none',
    );
  });
  it('may be a URL, and a wrong one stops only those that use it', async () => {
    const project = 'connections:\n  src: "db://h"\n  bad: 5\n  odd: {type: 1}\n';
    const using = (id: string) =>
      check({ 'datacook.yaml': project, 'a.yaml': recipe(`conn_id: ${id}`) }, 'run');
    const sound = await using('src');
    expect(sound).toMatch(/^warning datacook\.yaml:3:8 connections\.bad: /);
    expect(sound).not.toContain('error');
    expect(await using('bad')).toContain(
      'error a.yaml:2:39 source.conn_id: the connection bad (datacook.yaml:3:8) is no URL and no mapping',
    );
    expect(await using('odd')).toContain('error a.yaml:2:39 source.conn_id: the type of the connection odd');
  });
  it('exclude an inline address: what the child says wins', async () => {
    const chain = (base: string, own: string) =>
      check(
        {
          'base.yaml': `source: {${base}}`,
          'a.yaml': `extends: base.yaml\nname: n\nsource: {type: db, table: t, ${own}}\n${DESTINATION}`,
        },
        'run',
      );
    expect(await chain('conn_id: nowhere', 'host: h')).toBe('');
    expect(await chain('host: 5', 'conn_id: nowhere')).toContain('the connection nowhere is defined neither');
    expect(await chain('host: 5', 'conn_id: nowhere')).not.toContain('host');
    expect(await check(recipe('conn_id: src, host: h'))).toContain(
      'source.host: stands beside `conn_id` (a.yaml:2:39): a recipe says one or the other',
    );
  });
});

describe('the environment', () => {
  const text = `${COMPLETE}transform:\n  steps:\n    - {type: add_column, name: "{{ env_var('DATACOOK_TEST_UNSET') }}", value: 1}\nruntime: {parallelism: "{{ env_var('DATACOOK_TEST_UNSET') | int }}"}\n`;

  it('that is not set is a warning, and an error in a run', async () => {
    expect(await check(text)).toMatchInlineSnapshot(`
      "warning a.yaml:6:32 transform.steps[0].name: the environment variable DATACOOK_TEST_UNSET is not set
        set it, or give a default: env_var('DATACOOK_TEST_UNSET', '…')
      warning a.yaml:7:24 runtime.parallelism: the environment variable DATACOOK_TEST_UNSET is not set
        set it, or give a default: env_var('DATACOOK_TEST_UNSET', '…')"
    `);
    expect((await check(text, 'run')).split('\n').filter((line) => line.startsWith('error'))).toHaveLength(2);
  });
  it('that is not set is not judged by a plug-in either', async () => {
    const threads = COMPLETE.replace(
      'path: a.duckdb',
      'threads: "{{ env_var(\'DATACOOK_TEST_UNSET\') | int }}"',
    );
    expect((await check(threads)).split('\n').filter((line) => line.startsWith('error'))).toEqual([]);
  });
  it('that is set is checked', async () => {
    vi.stubEnv('DATACOOK_TEST_UNSET', 'many');
    expect(await check(text)).toMatchInlineSnapshot(
      `"error a.yaml:7:24 runtime.parallelism: {{ env_var('DATACOOK_TEST_UNSET') | int }}: its value is no whole number"`,
    );
    vi.stubEnv('DATACOOK_TEST_UNSET', '3');
    expect(await check(text)).toBe('');
  });
  it('can name a type', async () => {
    vi.stubEnv('DATACOOK_TEST_TYPE', 'file');
    const typed = `name: n\nsource: {type: "{{ env_var('DATACOOK_TEST_TYPE') }}", pth: x}\n${DESTINATION}`;
    expect(await check(typed)).toContain('source.pth: unknown key');
  });
});

describe('what only a run knows', () => {
  it('must not be in the name, the state’s key or, of the stream, the source', async () => {
    const text = `name: "n_{{ run.id }}"\nsource: {type: file, path: "{{ stream.name }}"}\n${DESTINATION}state: {key: "{{ run.started_at }}"}\n`;
    expect(await check(text)).toMatchInlineSnapshot(`
      "error a.yaml:1:7 name: \`run.id\` can't be used here: the recipe would be another one in each run
      error a.yaml:2:28 source.path: \`stream.name\` can't be used here: the stream is what the source reads
      error a.yaml:4:14 state.key: \`run.started_at\` can't be used here: the recipe would be another one in each run"
    `);
  });
  it('may be in other places', async () => {
    const text = `name: n\nsource: {type: file, path: "{{ run.id }}"}\ndestination: {type: duck, table: "raw_{{ stream.table }}"}\nstate: {key: "{{ recipe.name }}/{{ stream.name }}"}\n`;
    expect(await check(text, 'run')).toBe('');
  });
});
