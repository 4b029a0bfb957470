import { sharedPostgres, type TestDatabase } from '@datacook/testkit';
import pg from 'pg';
import { type OrdersTable, PRETEND_SIZE, setUpSql } from './postgres-workload.js';
import { PostgresWriter, type WriterKind } from './postgres-writer.js';

const OURS = 'crash suite';
const KEPT_TABLES = ['public.orders', 'writer.history', 'writer.progress'];
/** How long the server may take to notice that a process was killed. */
const GONE_TIMEOUT_MS = 30_000;

/** The database that one child at a time loads from, and the process that writes to it. */
export class PostgresPlace {
  readonly writer: PostgresWriter;
  readonly url: string;
  readonly #table: OrdersTable;
  readonly #database: TestDatabase;
  readonly #client: pg.Client;

  private constructor(table: OrdersTable, database: TestDatabase, client: pg.Client, writer: PostgresWriter) {
    this.#table = table;
    this.#database = database;
    this.#client = client;
    this.writer = writer;
    this.url = database.url;
  }

  /** Makes a database with the table and some rows. */
  static async open(table: OrdersTable, kind: WriterKind, seed: number): Promise<PostgresPlace> {
    const database = await sharedPostgres().database();
    const client = new pg.Client({ connectionString: database.url, application_name: OURS });
    await client.connect();
    // What is laid out again has a history already.
    await client.query(`${setUpSql(table)}; SET session_replication_role = replica`);
    const writer = new PostgresWriter(database.url, kind, seed);
    await writer.ready();
    return new PostgresPlace(table, database, client, writer);
  }

  /** The rows of the table, each as one text. */
  async rows(): Promise<string[]> {
    return this.#texts(`SELECT ${this.#table.rowInPostgres} FROM orders`);
  }

  /** Every version of every row that was ever committed, as Postgres wrote it down at that moment. */
  async history(): Promise<string[]> {
    return this.#texts('SELECT row FROM writer.history');
  }

  /** Keeps what is committed under a name. */
  async putAside(name: string): Promise<void> {
    const copies = KEPT_TABLES.map((table) => `CREATE TABLE ${copyOf(table, name)} AS TABLE ${table};`);
    await this.#client.query(
      `DROP SCHEMA IF EXISTS kept_${name} CASCADE; CREATE SCHEMA kept_${name}; ${copies.join(' ')}`,
    );
  }

  /** Rolls back what the writer has open, and makes the tables what was kept under a name. */
  async layOut(name: string): Promise<void> {
    await this.writer.reset();
    await this.waitForTheDead();
    const fill = KEPT_TABLES.map((table) => `INSERT INTO ${table} SELECT * FROM ${copyOf(table, name)};`);
    await this.#client.query(
      `BEGIN; TRUNCATE ${KEPT_TABLES.join()}; ${fill.join(' ')} ${PRETEND_SIZE}; COMMIT`,
    );
  }

  /** Waits until the server has ended the sessions of a process that was killed. */
  async waitForTheDead(): Promise<void> {
    const end = Date.now() + GONE_TIMEOUT_MS;
    while (
      (
        await this.#texts(`SELECT pid FROM pg_stat_activity WHERE datname = current_database()
          AND backend_type = 'client backend' AND application_name NOT IN ('${OURS}', 'crash writer')`)
      ).length > 0
    ) {
      if (Date.now() > end) throw new Error('the server goes on with sessions of a process that was killed');
    }
  }

  async close(): Promise<void> {
    try {
      await this.writer.close();
    } finally {
      await this.#client.end();
      await this.#database.drop();
    }
  }

  async #texts(sql: string): Promise<string[]> {
    const { rows } = await this.#client.query<unknown[]>({ text: sql, rowMode: 'array' });
    return rows.map(([value]) => String(value));
  }
}

function copyOf(table: string, name: string): string {
  return `kept_${name}.${table.slice(table.indexOf('.') + 1)}`;
}
