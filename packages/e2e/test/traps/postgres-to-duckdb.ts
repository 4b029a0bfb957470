import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Json, Plugins, ReadRequest, Source } from '@datacook/core';
import { type RunReport, runRecipe } from '@datacook/engine';
import { loadRecipe } from '@datacook/recipe';
import { discoverPlugins } from '@datacook/registry';
import { sharedPostgres, type TestDatabase } from '@datacook/testkit';
import { DuckDBInstance } from '@duckdb/node-api';
import pg from 'pg';

/** How the recipe of a test differs from `orders` into `orders`, appended by `strategy: cursor` over `changed_at`. */
export interface Loading {
  readonly table?: string;
  readonly target?: string;
  readonly mode?: 'append' | 'merge' | 'replace';
  readonly strategy?: 'cursor' | 'watermark';
  readonly cursor?: string;
  readonly fullRefresh?: boolean;
  /** Happens when what is read has been planned, and its snapshot taken, before any row is read. */
  readonly afterPlan?: () => Promise<void>;
}

/** A Postgres database with a table `orders`, a folder with a recipe, and the DuckDB file that it loads into. */
export class PostgresToDuckDB {
  readonly folder = mkdtempSync(join(tmpdir(), 'datacook-trap-'));
  readonly #database: TestDatabase;
  readonly #client: pg.Client;

  private constructor(database: TestDatabase, client: pg.Client) {
    this.#database = database;
    this.#client = client;
  }

  static async open(): Promise<PostgresToDuckDB> {
    const database = await sharedPostgres().database();
    const client = new pg.Client(database.url);
    await client.connect();
    const place = new PostgresToDuckDB(database, client);
    await place.sql(
      'CREATE TABLE orders (id bigint PRIMARY KEY, name text, changed_at timestamptz NOT NULL)',
    );
    return place;
  }

  async sql(text: string): Promise<void> {
    await this.#client.query(text);
  }

  /** Another session, which ends with the place. */
  async session(): Promise<pg.Client> {
    const client = new pg.Client(this.#database.url);
    client.on('error', () => undefined);
    await client.connect();
    return client;
  }

  /** Adds rows with these ids; each id is a microsecond later than the one below it. */
  async insert(...ids: readonly number[]): Promise<void> {
    await this.#client.query(
      `INSERT INTO orders SELECT id, 'row ' || id, timestamptz '2024-02-29 23:59:59.999990+00' + id * interval '1 microsecond'
       FROM unnest($1::bigint[]) AS id`,
      [ids],
    );
  }

  async run(loading: Loading = {}): Promise<RunReport> {
    const { table = 'public.orders', target = 'main.orders', mode = 'append' } = loading;
    const { strategy = 'cursor', cursor = 'changed_at', fullRefresh = false } = loading;
    writeFileSync(
      join(this.folder, 'recipe.yaml'),
      `name: trap
source:
  type: postgres
  url: ${this.#database.url}
  table: ${table}
  incremental: { strategy: ${strategy}, cursor_column: ${cursor} }
destination: { type: duckdb, path: out.duckdb, table: ${target}, write_mode: ${mode} }
state: { type: local, path: state }
`,
    );
    const recipe = await loadRecipe(join(this.folder, 'recipe.yaml'));
    const found = await discoverPlugins({ from: import.meta.dirname });
    const plugins = loading.afterPlan ? withPlanned(found, loading.afterPlan) : found;
    return (await runRecipe(recipe, { plugins, fullRefresh })).report;
  }

  /** The ids of a table of the target, in order; undefined: there is no such table. */
  async ids(table = 'orders'): Promise<number[] | undefined> {
    const tables = await this.target(`SELECT table_name FROM duckdb_tables() WHERE table_name = '${table}'`);
    if (tables.length === 0) return undefined;
    return (await this.target(`SELECT id::VARCHAR FROM "${table}" ORDER BY id`)).map(Number);
  }

  /** The stream's position, as the head has it. */
  async position(): Promise<Json | undefined> {
    const [state] = await this.target('SELECT state FROM _datacook_heads');
    return (JSON.parse(state!) as { readonly position?: Json }).position;
  }

  /** Asks the target by DuckDB's own means, while no run is under way. Returns the first column as texts. */
  async target(sql: string): Promise<string[]> {
    if (!existsSync(this.#path)) return [];
    const instance = await DuckDBInstance.create(this.#path);
    try {
      const connection = await instance.connect();
      const reader = await connection.runAndReadAll(sql);
      const rows = reader.getRows().map(([value]) => String(value));
      connection.closeSync();
      return rows;
    } finally {
      instance.closeSync();
    }
  }

  removeTarget(): void {
    for (const file of [this.#path, `${this.#path}.wal`]) rmSync(file, { force: true });
  }

  async close(): Promise<void> {
    await this.#client.end();
    await this.#database.drop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  get #path(): string {
    return join(this.folder, 'out.duckdb');
  }
}

/** The plug-ins, with a source after whose plan something happens. */
function withPlanned(plugins: Plugins, happens: () => Promise<void>): Plugins {
  const planned = (source: Source): Source => {
    const plan = source.plan.bind(source);
    return Object.assign(source, {
      plan: async (request: ReadRequest) => {
        const planned = await plan(request);
        await happens();
        return planned;
      },
    });
  };
  return {
    list: () => plugins.list(),
    find: (role, type) => plugins.find(role, type),
    config: (role, type) => plugins.config(role, type),
    load: async (role, type) => {
      const definition = await plugins.load(role, type);
      if (role !== 'source') return definition;
      const open = async (...given: Parameters<typeof definition.open>) =>
        planned((await definition.open(...given)) as Source);
      return { ...definition, open } as typeof definition;
    },
  };
}
