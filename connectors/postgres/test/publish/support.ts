import type { DataType, Merged, Schema, WriteMode } from '@datacook/core';
import { parseType, quoteIdentifier } from '@datacook/toolkit';
import type { Client } from 'pg';
import { Session } from '../../src/connection/session.js';
import { publish } from '../../src/publish/publish.js';
import { findPublished } from '../../src/publish/published-table.js';
import { createStaging, ORDER_COLUMN, stagingName } from '../../src/publish/staging.js';
import type { Prepared, ReplaceBy } from '../../src/write/prepared.js';
import type { TableName } from '../../src/write/target-table.js';

const sessions = new WeakMap<Client, Session>();

/** The session of a test's client. */
export function sessionOf(client: Client): Session {
  const session = sessions.get(client) ?? new Session(client, new AbortController().signal, 'write');
  sessions.set(client, session);
  return session;
}

export interface LoadOptions {
  readonly table: string;
  readonly mode: WriteMode;
  readonly keys?: readonly string[];
  readonly order?: string;
  /** Columns and types of ours, as `{ id: 'int64' }`. */
  readonly columns: { readonly [name: string]: string };
  /** Brought by the load; default: all columns. */
  readonly brings?: readonly string[];
  readonly schema?: string;
  readonly internalSchema?: string;
  readonly load?: string;
  /** Default: refill. */
  readonly replaceBy?: ReplaceBy;
  /** As the server says it; what it is unless told. */
  readonly version?: number;
}

/** A load whose rows are staged by SQL. */
export interface TestLoad {
  readonly prepared: Prepared;
  /** Rows in the order of the columns; each is an SQL row, as `1, 'a'`. */
  stage(...rows: readonly string[]): Promise<void>;
  publish(): Promise<Merged | undefined>;
}

export function tableName(schema: string, name: string): TableName {
  return { schema, name, sql: `${quoteIdentifier(schema)}.${quoteIdentifier(name)}` };
}

export function schemaOf(columns: { readonly [name: string]: string }): Schema {
  return {
    fields: Object.entries(columns).map(([name, type]) => ({
      name,
      type: parseType(type) as DataType,
      nullable: true,
    })),
  };
}

/** Makes staging ready in a transaction, as `prepare` does. */
export async function prepareLoad(client: Client, options: LoadOptions): Promise<TestLoad> {
  const session = sessionOf(client);
  const { mode, keys = [], order, columns, brings = Object.keys(columns) } = options;
  const { schema = 'public', internalSchema = schema, load = 'load' } = options;
  const key = `recipe/${options.table}`;
  const table = tableName(schema, options.table);
  const { rows } = await client.query<{ v: string }>('select current_setting($1) as v', [
    'server_version_num',
  ]);
  const prepared: Prepared = {
    target: {
      key,
      table: options.table,
      mode,
      mergeKeys: keys,
      load,
      ...(order === undefined ? {} : { mergeOrder: order }),
    },
    table,
    staging: tableName(internalSchema, stagingName(key, load)),
    columns: brings,
    replaceBy: options.replaceBy ?? 'refill',
    version: options.version ?? Number(rows[0]!.v),
  };
  await client.query('begin');
  const held = await findPublished(session, table);
  await createStaging(session, prepared, schemaOf(columns), held);
  await client.query('commit');
  let staged = 0;
  return {
    prepared,
    async stage(...added) {
      const isMerge = mode === 'merge';
      const names = Object.keys(columns).map((name) => quoteIdentifier(name));
      if (isMerge) names.push(ORDER_COLUMN);
      const values = added.map((row) => `(${row}${isMerge ? `, ${staged++}` : ''})`);
      await client.query(`insert into ${prepared.staging.sql} (${names}) values ${values}`);
    },
    async publish() {
      await client.query('begin');
      try {
        const merged = await publish(session, prepared);
        await client.query('commit');
        return merged;
      } catch (error) {
        await client.query('rollback');
        throw error;
      }
    },
  };
}

/** A table's rows as text, in the order of an expression. */
export async function rowsOf(client: Client, table: string, columns = '*', order = '1'): Promise<string[]> {
  const { rows } = await client.query<{ row: string }>(
    `select r::text as row from (select ${columns} from ${table} order by ${order}) r`,
  );
  return rows.map(({ row }) => row);
}

/** Waits until a session waits for a lock. */
export async function waitsForLock(observer: Client, waiting: Client): Promise<void> {
  const { processID } = waiting as unknown as { processID: number };
  for (;;) {
    const { rows } = await observer.query<{ waits: boolean }>(
      "select wait_event_type = 'Lock' as waits from pg_stat_activity where pid = $1",
      [processID],
    );
    if (rows[0]?.waits === true) return;
  }
}
