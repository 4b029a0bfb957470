import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { loadRecipe, resolvedText, validateRecipe } from '../src/index.js';
import { folderWith, shown } from './support/files.js';
import { type Stub, stubPlugins } from './support/plugins.js';

const REFERENCE = fileURLToPath(new URL('../../../docs/recipe-reference.md', import.meta.url));

const PLUGINS = stubPlugins([
  {
    role: 'source',
    type: 'file',
    config: z.strictObject({
      path: z.string().meta({ datacook: 'path', address: true }),
      format: z
        .union([z.string(), z.looseObject({ type: z.string() })])
        .meta({ datacook: 'format' })
        .optional(),
      incremental: z.strictObject({ strategy: z.literal('new_files') }).optional(),
    }),
  },
  {
    role: 'destination',
    type: 'duckdb',
    config: z.strictObject({
      path: z.string().meta({ datacook: 'path', address: true }).optional(),
      conn_id: z.string().optional(),
    }),
    modes: { append: 'exactly_once', replace: 'exactly_once' },
  },
  { role: 'format', type: 'csv', config: z.strictObject({ delimiter: z.string().optional() }) },
  { role: 'state', type: 'local', config: z.strictObject({ path: z.string().meta({ datacook: 'path' }) }) },
  { role: 'transform', type: 'add_column', config: z.strictObject({ name: z.string(), value: z.string() }) },
  {
    role: 'transform',
    type: 'rename_columns',
    config: z.strictObject({ mapping: z.record(z.string(), z.string()) }),
  },
  { role: 'transform', type: 'drop_columns', config: z.strictObject({ columns: z.array(z.string()) }) },
] satisfies readonly Stub[]);

interface Section {
  readonly title: string;
  /** Text of each YAML block by the file it names. */
  readonly files: ReadonlyMap<string, string>;
}

function sections(): Section[] {
  return readFileSync(REFERENCE, 'utf8')
    .split(/^## /m)
    .slice(1)
    .map((text) => {
      const files = new Map<string, string>();
      for (const [, block] of text.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)) {
        const name = /^# (\S+\.yaml)\n/.exec(block as string)?.[1] ?? `block-${files.size}.yaml`;
        expect(files.has(name)).toBe(false);
        files.set(name, block as string);
      }
      return { title: text.split('\n')[0] as string, files };
    });
}

describe('the recipe reference', () => {
  it.each(sections().filter(({ files }) => files.size > 0))(
    'has valid recipes under "$title"',
    async ({ files }) => {
      const folder = folderWith({});
      for (const [name, text] of files) {
        mkdirSync(dirname(join(folder, name)), { recursive: true });
        writeFileSync(join(folder, name), text);
      }
      for (const name of files.keys()) {
        if (name === 'datacook.yaml') continue;
        const recipe = await loadRecipe(name, { cwd: folder });
        const purpose = recipe.isFragment ? 'validate' : 'run';
        const findings = await validateRecipe(recipe, PLUGINS, purpose);
        expect(
          shown(
            findings.filter(({ code }) => code !== 'FRAGMENT'),
            folder,
          ),
        ).toBe('');
      }
    },
  );

  it('states what its example resolves to', async () => {
    const files = sections().find(({ title }) => title === 'Inheritance')?.files;
    const folder = folderWith(Object.fromEntries(files ?? []));
    expect(
      resolvedText(await loadRecipe('load_orders.yaml', { cwd: folder }), { format: 'yaml' }),
    ).toMatchInlineSnapshot(`
      "name: load_orders
      source:
        type: file
        path: orders.csv
      transform:
        steps:
          - type: add_column
            name: _loaded_at
            value: now()
          - type: add_column
            name: _source
            value: load_orders
          - type: rename_columns
            mapping:
              order_dt: order_date
      destination:
        type: duckdb
        path: warehouse.duckdb
        table: orders
      runtime:
        batch_size: 5000
        parallelism: 2
        max_retries: 5
      "
    `);
  });

  it('has blocks in most sections', () => {
    expect(sections().filter(({ files }) => files.size > 0).length).toBeGreaterThan(8);
  });
});
