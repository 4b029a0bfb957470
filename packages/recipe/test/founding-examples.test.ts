import { afterEach, describe, expect, it, vi } from 'vitest';
import { expandRecipe, loadRecipe, recipeFromText, validateRecipe } from '../src/index.js';
import { folderWith, shown } from './support/files.js';
import { FOUNDING, stubPlugins } from './support/plugins.js';

/** The recipes of the founding document, word for word. */
const DOCUMENT = {
  'base_recipe.yaml': `# base_recipe.yaml
default_runtime:
  batch_size: 20000
  max_retries: 5
  parallelism: 2

transform:
  steps:
    - type: add_column
      name: _loaded_at
      value: now()
    - type: add_column
      name: _source
      value: "{{ recipe.name }}"
`,
  'load_orders.yaml': `extends: base_recipe.yaml

name: load_orders

source:
  type: postgres
  conn_id: src_db
  table: orders

transform:
  steps:
    - type: rename_columns
      mapping:
        order_dt: order_date

runtime:
  batch_size: 5000
`,
  'customers.yaml': `name: load_customers_from_postgres_to_redshift

extends: base_recipe.yaml

source:
  type: postgres
  conn_id: src_postgres
  table: public.customers
  incremental:
    strategy: cursor
    cursor_column: updated_at

transform:
  steps:
    - type: rename_columns
      mapping:
        fname: first_name
        lname: last_name

destination:
  type: redshift
  conn_id: dw_redshift
  table: dw.customers
  write_mode: merge
  merge_keys: [id]

runtime:
  batch_size: 5000   # override base
  parallelism: 4
`,
  'macros/base_recipe.yaml': `# base_recipe.yaml
macros:
  audit:
    - type: add_column
      name: _audit_ts
      value: now()
`,
  'macros/child.yaml': `# child
extends: base_recipe.yaml
transform:
  use: [audit]
`,
} as const;

const FOLDER = folderWith(DOCUMENT);
const PLUGINS = stubPlugins(FOUNDING);
const RUN = { id: 'r1', startedAt: '2026-01-02T03:04:05.678Z' };

afterEach(() => vi.unstubAllEnvs());

describe('the founding document', () => {
  it('11.5 has the steps, and the runtime, that it states', async () => {
    const recipe = await loadRecipe('load_orders.yaml', { cwd: FOLDER });
    expect(recipe.findings).toEqual([]);
    expect(recipe.value).toEqual({
      name: 'load_orders',
      source: { type: 'postgres', conn_id: 'src_db', table: 'orders' },
      transform: {
        steps: [
          { type: 'add_column', name: '_loaded_at', value: 'now()' },
          { type: 'add_column', name: '_source', value: 'load_orders' },
          { type: 'rename_columns', mapping: { order_dt: 'order_date' } },
        ],
      },
      runtime: { batch_size: 5000, max_retries: 5, parallelism: 2 },
    });
  });
  it('11.3 overrides a scalar, and deletes', async () => {
    const folder = folderWith({
      'parent.yaml':
        'runtime:\n  batch_size: 20000\ntransform: {steps: [{type: a}]}\ndestination: {type: x, merge_keys: [id]}\n',
      'child.yaml':
        'extends: parent.yaml\nruntime:\n  batch_size: 5000\ndelete:\n  - transform.steps\n  - destination.merge_keys\n',
    });
    const recipe = await loadRecipe('child.yaml', { cwd: folder });
    expect(recipe.findings).toEqual([]);
    expect(recipe.value).toEqual({
      runtime: { batch_size: 5000 },
      transform: {},
      destination: { type: 'x' },
    });
  });
  it('11.7 inherits a macro', async () => {
    const recipe = await loadRecipe('macros/child.yaml', { cwd: FOLDER });
    expect(recipe.findings).toEqual([]);
    expect(recipe.value).toEqual({
      transform: { steps: [{ type: 'add_column', name: '_audit_ts', value: 'now()' }] },
    });
  });
  it('has recipes that validate; fragments with a warning', async () => {
    vi.stubEnv('DATACOOK_CONN_SRC_DB', undefined);
    vi.stubEnv('DATACOOK_CONN_SRC_POSTGRES', undefined);
    vi.stubEnv('DATACOOK_CONN_DW_REDSHIFT', undefined);
    const outcomes: string[] = [];
    for (const file of Object.keys(DOCUMENT)) {
      const recipe = await loadRecipe(file, { cwd: FOLDER });
      outcomes.push(`-- ${file}`, shown(await validateRecipe(recipe, PLUGINS, 'validate'), FOLDER));
    }
    expect(outcomes.join('\n')).toMatchInlineSnapshot(`
      "-- base_recipe.yaml
      warning base_recipe.yaml:1:1: a fragment, which can't be run: it has no name, no source, no destination
        extend it by a recipe that has what is missing
      -- load_orders.yaml
      warning load_orders.yaml:1:1: a fragment, which can't be run: it has no destination
        extend it by a recipe that has what is missing
      warning load_orders.yaml:7:12 source.conn_id: the connection src_db is defined neither in the environment nor in datacook.yaml
        set DATACOOK_CONN_SRC_DB to its URL, or describe it under \`connections.src_db\` in datacook.yaml
      -- customers.yaml
      warning customers.yaml:7:12 source.conn_id: the connection src_postgres is defined neither in the environment nor in datacook.yaml
        set DATACOOK_CONN_SRC_POSTGRES to its URL, or describe it under \`connections.src_postgres\` in datacook.yaml
      warning customers.yaml:22:12 destination.conn_id: the connection dw_redshift is defined neither in the environment nor in datacook.yaml
        set DATACOOK_CONN_DW_REDSHIFT to its URL, or describe it under \`connections.dw_redshift\` in datacook.yaml
      -- macros/base_recipe.yaml
      warning macros/base_recipe.yaml:1:1: a fragment, which can't be run: it has no name, no source, no destination
        extend it by a recipe that has what is missing
      -- macros/child.yaml
      warning macros/child.yaml:1:1: a fragment, which can't be run: it has no name, no source, no destination
        extend it by a recipe that has what is missing"
    `);
  });
  it('has an example that expands as it states', async () => {
    vi.stubEnv('DATACOOK_CONN_SRC_POSTGRES', 'postgres://u:p@h/d');
    vi.stubEnv('DATACOOK_CONN_DW_REDSHIFT', 'redshift://u:p@h/d');
    const recipe = await loadRecipe('customers.yaml', { cwd: FOLDER });
    const { fingerprint, ...resolved } = await expandRecipe(recipe, PLUGINS, RUN);
    expect(fingerprint).toMatch(/^[0-9a-f]{64}$/);
    expect(resolved).toMatchObject({
      name: 'load_customers_from_postgres_to_redshift',
      source: {
        type: 'postgres',
        stream: 'public.customers',
        config: { conn_id: 'src_postgres', url: 'postgres://u:p@h/d', table: 'public.customers' },
        incremental: { strategy: 'cursor', cursor_column: 'updated_at' },
      },
      steps: [
        { type: 'add_column', config: { name: '_loaded_at', value: 'now()' } },
        {
          type: 'add_column',
          config: { name: '_source', value: 'load_customers_from_postgres_to_redshift' },
        },
        { type: 'rename_columns', config: { mapping: { fname: 'first_name', lname: 'last_name' } } },
      ],
      destination: { type: 'redshift', table: 'dw.customers', writeMode: 'merge', mergeKeys: ['id'] },
      runtime: { batchSize: 5000, parallelism: 4, maxRetries: 5 },
    });
  });
  it('is strict: a key that the document does not have is refused', async () => {
    const text = DOCUMENT['customers.yaml']
      .replace('table: public', 'tabel: public')
      .replace('extends: base_recipe.yaml', '');
    const recipe = await recipeFromText(text, { file: 'x.yaml', cwd: FOLDER });
    expect(shown(await validateRecipe(recipe, PLUGINS, 'validate'), FOLDER)).toContain(
      'source.tabel: unknown key\n  did you mean `table`?',
    );
  });
});
