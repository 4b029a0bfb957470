import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { WriteMode } from '@datacook/core';
import { DuckDBInstance } from '@duckdb/node-api';
import {
  type Contents,
  destinationText,
  HEADS,
  parseHeads,
  type TargetPlace,
  type TargetTable,
} from './target.js';

/** The name of the database in a scene's folder. */
const DATABASE = 'out.duckdb';

/** Asks DuckDB for texts; nobody else may have the database open. */
export async function queryDuckDB<T>(
  path: string,
  ask: (texts: (sql: string) => Promise<string[]>) => Promise<T>,
): Promise<T> {
  const instance = await DuckDBInstance.create(path);
  try {
    const connection = await instance.connect();
    try {
      return await ask(async (sql) => {
        const reader = await connection.runAndReadAll(sql);
        return reader.getRows().map(([value]) => String(value));
      });
    } finally {
      connection.closeSync();
    }
  } finally {
    instance.closeSync();
  }
}

/** A database in the folder itself: it is kept and laid out with it. */
export class DuckDBTarget implements TargetPlace {
  readonly #folder: string;
  readonly #table: TargetTable;

  constructor(folder: string, table: TargetTable) {
    this.#folder = folder;
    this.#table = table;
  }

  recipe(mode: WriteMode, mergeKeys?: readonly string[]): string {
    return destinationText(
      `type: duckdb, path: ${DATABASE}, table: main.${this.#table.name}`,
      mode,
      mergeKeys,
    );
  }

  read(): Promise<Contents> {
    return this.#readIn(this.#folder);
  }

  // Of a copy, so that opening it recovers nothing.
  async readCrashed(): Promise<Contents> {
    const copy = mkdtempSync(join(tmpdir(), 'datacook-crashed-'));
    try {
      for (const name of [DATABASE, `${DATABASE}.wal`]) {
        if (existsSync(join(this.#folder, name))) cpSync(join(this.#folder, name), join(copy, name));
      }
      return await this.#readIn(copy);
    } finally {
      rmSync(copy, { recursive: true, force: true });
    }
  }

  async putAside(): Promise<void> {}
  async layOut(): Promise<void> {}
  async waitForTheDead(): Promise<void> {}
  async close(): Promise<void> {}

  async #readIn(folder: string): Promise<Contents> {
    const path = join(folder, DATABASE);
    if (!existsSync(path)) return { rows: undefined, heads: [], others: [] };
    const { name, row } = this.#table;
    return queryDuckDB(path, async (texts) => {
      const tables = await texts("SELECT table_name FROM duckdb_tables() WHERE schema_name = 'main'");
      const heads = tables.includes(HEADS)
        ? await texts(`SELECT json_object('version', version, 'state', state)::VARCHAR FROM ${HEADS}`)
        : [];
      return {
        rows: tables.includes(name) ? await texts(`SELECT ${row.duckdb} FROM main.${name}`) : undefined,
        heads: parseHeads(heads),
        others: tables.filter((table) => table !== name && table !== HEADS),
      };
    });
  }
}
