import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';

/** What lies in the database, read by DuckDB's own SQL. */
export interface Contents {
  /** Each row of the table as text; undefined: there is no table. */
  readonly rows: readonly string[] | undefined;
  readonly heads: readonly { readonly version: number; readonly state: HeadStateLike | null }[];
  /** All tables but the target and the heads. */
  readonly others: readonly string[];
}

/** What the tests look at in a head's state. */
export interface HeadStateLike {
  readonly load: {
    readonly id: string;
    readonly done: boolean;
    readonly mode: string;
    readonly rows: { readonly written: number };
  };
}

/** The name of the database in a scene's folder. */
const DATABASE = 'out.duckdb';

/** A table, and the SQL expression that makes of a row one text. */
export interface RowText {
  readonly table: string;
  readonly row: string;
}

/** Asks DuckDB for texts; nobody else may have the database open. */
export async function query<T>(
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

/** Reads a database that nobody has open. */
export async function readTarget(folder: string, { table, row }: RowText): Promise<Contents> {
  const path = join(folder, DATABASE);
  if (!existsSync(path)) return { rows: undefined, heads: [], others: [] };
  return query(path, async (texts) => {
    const tables = await texts("SELECT table_name FROM duckdb_tables() WHERE schema_name = 'main'");
    const heads = tables.includes('_datacook_heads')
      ? await texts("SELECT json_object('version', version, 'state', state)::VARCHAR FROM _datacook_heads")
      : [];
    return {
      rows: tables.includes(table) ? await texts(`SELECT ${row} FROM main.${table}`) : undefined,
      heads: heads.map((text) => {
        const { version, state } = JSON.parse(text) as { version: number; state: string | null };
        return { version, state: state === null ? null : (JSON.parse(state) as HeadStateLike) };
      }),
      others: tables.filter((name) => name !== table && name !== '_datacook_heads'),
    };
  });
}

/** The same for what a killed process has left: of a copy, so that opening it recovers nothing beforehand. */
export async function readCrashed(folder: string, text: RowText): Promise<Contents> {
  const copy = mkdtempSync(join(tmpdir(), 'datacook-crashed-'));
  try {
    for (const name of [DATABASE, `${DATABASE}.wal`]) {
      if (existsSync(join(folder, name))) cpSync(join(folder, name), join(copy, name));
    }
    return await readTarget(copy, text);
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}
