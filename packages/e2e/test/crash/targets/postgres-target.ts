import type { WriteMode } from '@datacook/core';
import { sharedPostgres, type TestDatabase } from '@datacook/testkit';
import pg from 'pg';
import {
  type Contents,
  destinationText,
  HEADS,
  parseHeads,
  type TargetPlace,
  type TargetTable,
} from './target.js';

/** How long the server may take to notice that a process was killed. */
const GONE_TIMEOUT_MS = 30_000;
const OURS = 'crash suite';
/** Where the state lies that is beside the target. */
export const STATE_SCHEMA = 'datacook_state';

/** A database of its own on the shared server; what is kept are copies of it. */
export class PostgresTarget implements TargetPlace {
  readonly url: string;
  readonly stateBeside: string;
  readonly #database: TestDatabase;
  readonly #table: TargetTable;
  readonly #clerk: pg.Client;
  readonly #kept = new Set<string>();

  private constructor(database: TestDatabase, table: TargetTable, clerk: pg.Client) {
    this.url = database.url;
    this.stateBeside = `{ type: sql, url: "${database.url}?sslmode=disable", schema: ${STATE_SCHEMA} }`;
    this.#database = database;
    this.#table = table;
    this.#clerk = clerk;
  }

  static async open(table: TargetTable): Promise<PostgresTarget> {
    const { url, database } = sharedPostgres();
    // In another database: one that is copied or dropped must not be in use.
    const clerk = new pg.Client({ connectionString: url, application_name: OURS });
    await clerk.connect();
    return new PostgresTarget(await database(), table, clerk);
  }

  recipe(mode: WriteMode, mergeKeys?: readonly string[]): string {
    return destinationText(
      `type: postgres, url: "${this.url}?sslmode=disable", table: public.${this.#table.name}`,
      mode,
      mergeKeys,
    );
  }

  async read(): Promise<Contents> {
    return this.ask(async (texts) => {
      const { name, row } = this.#table;
      // All of one moment.
      await texts('BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY');
      const tables = await texts(
        "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace",
      );
      const heads = tables.includes(HEADS)
        ? await texts(`SELECT json_build_object('version', version, 'state', state)::text FROM ${HEADS}`)
        : [];
      return {
        rows: tables.includes(name) ? await texts(`SELECT ${row.postgres} FROM ${name}`) : undefined,
        heads: parseHeads(heads),
        others: tables.filter((table) => table !== name && table !== HEADS),
      };
    });
  }

  readCrashed(): Promise<Contents> {
    return this.read();
  }

  async putAside(name: string): Promise<void> {
    await this.waitForTheDead();
    const copy = this.#copyOf(name);
    await this.#clerk.query(`DROP DATABASE IF EXISTS ${copy}`);
    await this.#clerk.query(`CREATE DATABASE ${copy} TEMPLATE ${this.#database.name}`);
    this.#kept.add(copy);
  }

  async layOut(name: string): Promise<void> {
    await this.#clerk.query(`DROP DATABASE IF EXISTS ${this.#database.name} WITH (FORCE)`);
    await this.#clerk.query(`CREATE DATABASE ${this.#database.name} TEMPLATE ${this.#copyOf(name)}`);
  }

  async waitForTheDead(): Promise<void> {
    const end = Date.now() + GONE_TIMEOUT_MS;
    const sql = "SELECT 1 FROM pg_stat_activity WHERE datname = $1 AND backend_type = 'client backend'";
    while ((await this.#clerk.query(sql, [this.#database.name])).rowCount !== 0) {
      if (Date.now() > end) throw new Error('the server goes on with sessions of a process that was killed');
    }
  }

  async close(): Promise<void> {
    try {
      await this.#database.drop();
      for (const copy of this.#kept) await this.#clerk.query(`DROP DATABASE IF EXISTS ${copy} WITH (FORCE)`);
    } finally {
      await this.#clerk.end();
    }
  }

  /** Asks the database for texts, in a session of its own. */
  async ask<T>(ask: (texts: (sql: string) => Promise<string[]>) => Promise<T>): Promise<T> {
    const client = new pg.Client({ connectionString: this.url, application_name: OURS });
    await client.connect();
    try {
      return await ask(async (sql) => {
        const { rows } = await client.query<unknown[]>({ text: sql, rowMode: 'array' });
        return rows.map(([value]) => String(value));
      });
    } finally {
      await client.end();
    }
  }

  #copyOf(name: string): string {
    return `${this.#database.name}_${name}`;
  }
}
