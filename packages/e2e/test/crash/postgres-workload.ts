import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { WriteMode } from '@datacook/core';
import { type ColumnText, rowText, targetTable } from './targets/row-text.js';
import type { TargetTable } from './targets/target.js';

/** The table that is loaded. */
export interface OrdersTable {
  readonly columns: readonly string[];
  readonly key: string | undefined;
  /** SQL that makes of a row one text; the same text as that of the target. */
  readonly rowInPostgres: string;
  readonly target: TargetTable;
}

const TEXTS: Readonly<Record<string, ColumnText>> = {
  id: 'exact',
  version: 'exact',
  name: 'quoted',
  amount: 'exact',
  changed_at: 'time',
  revision: 'exact',
};

function ordersTable(key: string | undefined, columns: readonly string[]): OrdersTable {
  const texts = Object.fromEntries(columns.map((column) => [column, TEXTS[column]!]));
  return { columns, key, rowInPostgres: rowText(texts, 'postgres'), target: targetTable('orders', texts) };
}

const VALUES = ['name', 'amount', 'changed_at', 'revision'] as const;

/** No two versions of a row are equal. */
export const KEYED = ordersTable('id', ['id', 'version', ...VALUES]);
/** Many rows are equal to one another. */
export const UNKEYED = ordersTable(undefined, VALUES);

/** Rows that are there before the first load. */
const FIRST_ROWS = 45;

/** The statistics by which the source cuts the table into partitions; a table as small as this would be read in one. */
const ESTIMATED_ROWS = 1_000_000;

const DEFINITIONS: Readonly<Record<string, string>> = {
  id: 'id bigint PRIMARY KEY',
  version: 'version int NOT NULL',
  name: 'name text',
  amount: 'amount numeric(12,2)',
  changed_at: 'changed_at timestamptz NOT NULL',
  revision: 'revision numeric(20,0) NOT NULL',
};

/** Makes the table, its rows, and the history that its trigger writes. */
export function setUpSql(table: OrdersTable): string {
  const key = table.key === undefined ? '' : `9007199254740993 + (n * 7919) % 100000, 1, `;
  return `
    CREATE TABLE orders (${table.columns.map((column) => DEFINITIONS[column]).join(', ')})
      WITH (autovacuum_enabled = off, fillfactor = 10);
    CREATE SCHEMA writer;
    CREATE TABLE writer.history (row text NOT NULL);
    CREATE TABLE writer.progress AS SELECT 0 AS steps;
    CREATE FUNCTION writer.note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      INSERT INTO writer.history SELECT ${table.rowInPostgres} FROM (SELECT NEW.*) AS noted;
      RETURN NULL;
    END $$;
    CREATE TRIGGER note AFTER INSERT OR UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION writer.note();
    INSERT INTO orders SELECT ${key}(ARRAY['Ada', '', NULL, 'two
lines'])[1 + n % 4], (ARRAY[0.10, NULL, -7.25])[1 + n % 3],
      timestamptz '2024-02-29 23:59:59.999980+00' + (n / 6) * interval '1 microsecond', 18446744073709551989 + n / 6
      FROM generate_series(1, ${FIRST_ROWS}) AS n;
    ANALYZE orders;
    ${PRETEND_SIZE}`;
}

/** Makes the server believe that the table is large, dense as its pages would be. */
export const PRETEND_SIZE = `UPDATE pg_class SET reltuples = ${ESTIMATED_ROWS}, relpages = pg_relation_size(oid) / 8192
  WHERE oid = 'orders'::regclass`;

/** How a scene loads the table. */
export interface Load {
  readonly mode: WriteMode;
  readonly incremental?: { readonly strategy: 'cursor' | 'watermark'; readonly cursor: string };
}

/** Rows of a batch, and of an epoch. */
export interface Sizes {
  readonly batch: number;
  readonly checkpoint: number;
}

/** Writes the recipe. `destination` and `state` are flow mappings. */
export function writeRecipe(
  folder: string,
  url: string,
  { incremental }: Load,
  destination: string,
  state: string,
  sizes: Sizes,
): void {
  const how = incremental
    ? `\n  incremental: { strategy: ${incremental.strategy}, cursor_column: ${incremental.cursor} }`
    : '';
  const text = `name: crash_orders
source:
  type: postgres
  url: ${url}?sslmode=disable
  table: public.orders${how}
destination: ${destination}
state: ${state}
runtime: { batch_size: ${sizes.batch}, parallelism: 3, checkpoint: { rows: ${sizes.checkpoint} } }
`;
  writeFileSync(join(folder, 'recipe.yaml'), text);
}
