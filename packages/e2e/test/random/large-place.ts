import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { WriteMode } from '@datacook/core';
import { sharedPostgres, type TestDatabase } from '@datacook/testkit';
import pg from 'pg';
import { KEYED, setUpSql } from '../crash/postgres-workload.js';
import { type LargeWriterKind, PostgresWriter } from '../crash/postgres-writer.js';

/** How a table of many rows is loaded, and who writes to it meanwhile. */
export interface LargeScene {
  readonly name: string;
  readonly mode: WriteMode;
  readonly writer: LargeWriterKind;
  readonly incremental?: string;
}

export const LARGE_SCENES: readonly LargeScene[] = [
  {
    name: 'append by cursor',
    mode: 'append',
    writer: 'large-serial',
    incremental: '{ strategy: cursor, cursor_column: revision }',
  },
  {
    name: 'merge by cursor',
    mode: 'merge',
    writer: 'large-serial',
    incremental: '{ strategy: cursor, cursor_column: revision }',
  },
  {
    name: 'append by watermark',
    mode: 'append',
    writer: 'large-overlapping',
    incremental: '{ strategy: watermark, cursor_column: changed_at }',
  },
  {
    name: 'merge by watermark',
    mode: 'merge',
    writer: 'large-overlapping',
    incremental: '{ strategy: watermark, cursor_column: changed_at }',
  },
  { name: 'replace, with deletes', mode: 'replace', writer: 'large-deleting' },
];

/** Keys are scattered below this prime. */
const KEYS = 10_000_019;

/** One database with the table, its history, and what is loaded of it in the schema `loaded`; and the writer. */
export class LargePlace {
  /** Holds the recipe and the state. */
  readonly folder = mkdtempSync(join(tmpdir(), 'datacook-large-'));
  readonly writer: PostgresWriter;
  readonly #scene: LargeScene;
  readonly #database: TestDatabase;
  readonly #client: pg.Client;

  private constructor(scene: LargeScene, database: TestDatabase, client: pg.Client, writer: PostgresWriter) {
    this.#scene = scene;
    this.#database = database;
    this.#client = client;
    this.writer = writer;
  }

  static async open(scene: LargeScene, rows: number, seed: number): Promise<LargePlace> {
    const database = await sharedPostgres().database();
    const client = new pg.Client({ connectionString: database.url, application_name: 'crash suite' });
    await client.connect();
    await client.query(setUpSql(KEYED));
    await client.query(`
      INSERT INTO orders SELECT 9007199254740993 + (n::bigint * 7919) % ${KEYS} + 100000, 1, 'name ' || n, n * 0.01,
        timestamptz '2024-03-01 00:00:00+00' + n * interval '1 microsecond', 18446744073709560000 + n / 3
        FROM generate_series(1, ${rows}) AS n ON CONFLICT DO NOTHING;
      CREATE INDEX ON orders (revision);
      CREATE INDEX ON orders (changed_at);
      CREATE SCHEMA loaded`);
    await client.query('VACUUM ANALYZE orders');
    const writer = new PostgresWriter(database.url, scene.writer, seed);
    await writer.ready();
    const place = new LargePlace(scene, database, client, writer);
    place.writeRecipe(Math.ceil(rows / 20));
    return place;
  }

  /** Rows that the table has. */
  async count(): Promise<number> {
    return Number(await this.#one('SELECT count(*) FROM orders'));
  }

  /** What the target holds that it must not: what the table never held, or that more often. To be asked at any time. */
  async complaintsMeanwhile(): Promise<readonly string[]> {
    if ((await this.#one("SELECT to_regclass('loaded.orders')")) === null) return [];
    return this.#surplus('loaded.orders', 'writer.history', 'not of the history, or doubled');
  }

  /** What is wrong after the last, quiet run. */
  async complaints(): Promise<readonly string[]> {
    const lost = await this.#surplus('orders', 'loaded.orders', 'lost');
    const surplus =
      this.#scene.mode === 'append'
        ? await this.complaintsMeanwhile()
        : await this.#surplus('loaded.orders', 'orders', 'too many');
    const others = await this.#one(
      "SELECT string_agg(relname, ', ') FROM pg_class WHERE relkind = 'r' AND relname LIKE '\\_datacook\\_staging%'",
    );
    return [...lost, ...surplus, ...(others === null ? [] : [`tables are left over: ${others}`])];
  }

  async close(): Promise<void> {
    try {
      await this.writer.close();
    } finally {
      await this.#client.end();
      await this.#database.drop();
      rmSync(this.folder, { recursive: true, force: true });
    }
  }

  private writeRecipe(checkpoint: number): void {
    const { mode, incremental } = this.#scene;
    const url = `${this.#database.url}?sslmode=disable`;
    const text = `name: large_orders
source:
  type: postgres
  url: ${url}
  table: public.orders
${incremental === undefined ? '' : `  incremental: ${incremental}\n`}destination: { type: postgres, url: "${url}", table: loaded.orders, write_mode: ${mode} }
state: { type: local, path: state }
runtime: { batch_size: ${Math.ceil(checkpoint / 5)}, parallelism: 3, checkpoint: { rows: ${checkpoint} } }
`;
    writeFileSync(join(this.folder, 'recipe.yaml'), text);
  }

  // Rows of one side that the other lacks, as multisets, by the server's own comparison.
  async #surplus(these: string, those: string, what: string): Promise<readonly string[]> {
    const text = (table: string) =>
      table === 'writer.history'
        ? 'SELECT row FROM writer.history'
        : `SELECT ${KEYED.rowInPostgres} FROM ${table}`;
    const rest = `${text(these)} EXCEPT ALL ${text(those)}`;
    const { rows } = await this.#client.query<{ count: string; some: string | null }>(
      `SELECT count(*), string_agg(row, '; ') FILTER (WHERE n <= 5) AS some
       FROM (SELECT row, row_number() OVER () AS n FROM (${rest}) AS rest (row)) AS numbered`,
    );
    const { count, some } = rows[0]!;
    return count === '0' ? [] : [`${count} rows ${what}: ${some}`];
  }

  async #one(sql: string): Promise<string | null> {
    const { rows } = await this.#client.query<unknown[]>({ text: sql, rowMode: 'array' });
    const value = rows[0]?.[0] ?? null;
    return value === null ? null : String(value);
  }
}
