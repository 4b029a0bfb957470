import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runRecipe, type VerifyOptions, type VerifyReport, verifyRecipe } from '@datacook/engine';
import { loadRecipe } from '@datacook/recipe';
import { discoverPlugins } from '@datacook/registry';
import { sharedPostgres, type TestDatabase } from '@datacook/testkit';
import { DuckDBInstance } from '@duckdb/node-api';
import pg from 'pg';

/** Where rows go: a DuckDB file, or a schema of the same Postgres database. */
export type Destination = 'duckdb' | 'postgres';

/** A Postgres database, a folder with a recipe, and the table `target` that it loads into. */
export class VerifyPlace {
  readonly folder = mkdtempSync(join(tmpdir(), 'datacook-verify-'));
  readonly #database: TestDatabase;
  readonly #client: pg.Client;

  private constructor(database: TestDatabase, client: pg.Client) {
    this.#database = database;
    this.#client = client;
  }

  static async open(): Promise<VerifyPlace> {
    const database = await sharedPostgres().database();
    const client = new pg.Client(database.url);
    await client.connect();
    return new VerifyPlace(database, client);
  }

  get url(): string {
    return this.#database.url;
  }

  async sql(text: string): Promise<void> {
    await this.#client.query(text);
  }

  async session(): Promise<pg.Client> {
    const client = new pg.Client(this.#database.url);
    await client.connect();
    return client;
  }

  write(name: string, text: string): string {
    writeFileSync(join(this.folder, name), text);
    return join(this.folder, name);
  }

  /** Writes a recipe named after its destination. `source` and `rest` are YAML. */
  recipe(destination: Destination, source: string, mode = 'append', rest = ''): string {
    const to =
      destination === 'duckdb'
        ? '{ type: duckdb, path: out.duckdb, table: target'
        : `{ type: postgres, url: ${this.url}, table: loaded.target`;
    return this.write(
      `${destination}.yaml`,
      `name: ${destination}\nsource: ${source}\n${rest}\ndestination: ${to}, write_mode: ${mode} }\nstate: { type: local, path: state }\n`,
    );
  }

  async run(recipe: string): Promise<void> {
    const loaded = await loadRecipe(recipe);
    const { report, error } = await runRecipe(loaded, { plugins: await this.#plugins() });
    if (error) throw error;
    if (report.status !== 'succeeded') throw new Error(`the run ${report.status}`);
  }

  async verify(recipe: string, options: Partial<VerifyOptions> = {}): Promise<VerifyReport> {
    return verifyRecipe(await loadRecipe(recipe), { plugins: await this.#plugins(), limit: 20, ...options });
  }

  /** Changes the table behind the recipe's back. */
  async spoil(destination: Destination, statement: string): Promise<void> {
    if (destination === 'postgres') return this.sql(statement.replaceAll('TARGET', 'loaded.target'));
    const instance = await DuckDBInstance.create(join(this.folder, 'out.duckdb'));
    try {
      const connection = await instance.connect();
      await connection.run(statement.replaceAll('TARGET', 'target'));
      connection.closeSync();
    } finally {
      instance.closeSync();
    }
  }

  async close(): Promise<void> {
    await this.#client.end();
    await this.#database.drop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  #plugins() {
    return discoverPlugins({ from: import.meta.dirname });
  }
}
