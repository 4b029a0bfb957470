import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';

/** What lies in the database, read by DuckDB's own SQL. */
export interface Contents {
  /** Each row of the table as JSON text; undefined: there is no table. */
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

const ROW = 'to_json(struct_pack(id, name, amount, seen_at, note, origin))::VARCHAR';

async function query<T>(
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
export async function readDatabase(path: string): Promise<Contents> {
  if (!existsSync(path)) return { rows: undefined, heads: [], others: [] };
  return query(path, async (texts) => {
    const tables = await texts("SELECT table_name FROM duckdb_tables() WHERE schema_name = 'main'");
    const heads = tables.includes('_datacook_heads')
      ? await texts("SELECT json_object('version', version, 'state', state)::VARCHAR FROM _datacook_heads")
      : [];
    return {
      rows: tables.includes('events') ? await texts(`SELECT ${ROW} FROM main.events`) : undefined,
      heads: heads.map((text) => {
        const { version, state } = JSON.parse(text) as { version: number; state: string | null };
        return { version, state: state === null ? null : (JSON.parse(state) as HeadStateLike) };
      }),
      others: tables.filter((name) => name !== 'events' && name !== '_datacook_heads'),
    };
  });
}

/** The same for what a killed process has left: of a copy, so that opening it recovers nothing beforehand. */
export async function readCrashed(path: string): Promise<Contents> {
  const folder = mkdtempSync(join(tmpdir(), 'datacook-crashed-'));
  try {
    for (const file of [path, `${path}.wal`]) {
      if (existsSync(file)) cpSync(file, join(folder, file.slice(path.lastIndexOf('/') + 1)));
    }
    return await readDatabase(join(folder, path.slice(path.lastIndexOf('/') + 1)));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The rows that the files hold, as the table should have them: read by DuckDB's own CSV reader. */
export async function readSource(folder: string, files: readonly string[]): Promise<string[]> {
  const paths = files.map((name) => `'${join(folder, 'in', name)}'`).join(', ');
  return query(':memory:', (texts) =>
    texts(`SELECT ${ROW} FROM (
      SELECT id, name, amount, "seen at" AS seen_at, note, 'crash suite' AS origin
      FROM read_csv([${paths}], header = true, nullstr = '', allow_quoted_nulls = false, auto_detect = false,
        delim = ',', quote = '"', escape = '"',
        columns = { id: 'BIGINT', name: 'VARCHAR', amount: 'DECIMAL(12,2)', "seen at": 'TIMESTAMP', note: 'VARCHAR' }))`),
  );
}
