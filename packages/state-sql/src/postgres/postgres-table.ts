import { isDatacookError } from '@datacook/core';
import { quoteIdentifier, quoteLiteral } from '@datacook/toolkit';
import { FORMAT } from '../format.js';
import type { StateTable, StoredRecord } from '../state-table.js';
import type { PostgresConnection } from './postgres-connection.js';
import type { ErrorPlace } from './postgres-error.js';

/** There is no such table. */
const NO_TABLE = '42P01';
/** There is no such schema. */
const NO_SCHEMA = '3F000';
/** What two who make the same table or schema may meet: https://www.postgresql.org/message-id/3473.1393693757%40sss.pgh.pa.us */
const RACES = new Set(['23505', '42P06', '42P07', '42710', 'XX000']);
const CREATE_ATTEMPTS = 20;

/** The records as a table of Postgres. */
export class PostgresTable implements StateTable {
  readonly #connection: PostgresConnection;
  readonly #schema: string | undefined;
  /** Quoted, with its schema. */
  readonly #sql: string;

  constructor(connection: PostgresConnection, schema: string | undefined, table: string) {
    this.#connection = connection;
    this.#schema = schema;
    const prefix = schema === undefined ? '' : `${quoteIdentifier(schema)}.`;
    this.#sql = prefix + quoteIdentifier(table);
  }

  get place(): string {
    return `the table ${this.#sql} of ${this.#connection.address}`;
  }

  async read(key: string): Promise<StoredRecord | undefined> {
    const sql = `select version::text, value::text, format::int from ${this.#sql} where key = ${literal(key)}`;
    const { rows } = await this.#whereTable(() => this.#run(sql, "can't be read"), { rows: [], count: 0 });
    return rows[0] as unknown as StoredRecord | undefined;
  }

  async insert(key: string, value: string, version: string): Promise<boolean> {
    const sql = `insert into ${this.#sql} (key, value, version, format, updated_at)
      values (${literal(key)}, ${literal(value)}, ${literal(version)}, ${FORMAT}, now()) on conflict (key) do nothing`;
    try {
      return (await this.#run(sql, "can't be saved")).count > 0;
    } catch (error) {
      if (stateOf(error) !== NO_TABLE) throw error;
    }
    await this.#create();
    return (await this.#run(sql, "can't be saved")).count > 0;
  }

  async update(key: string, value: string, version: string, expected: string): Promise<boolean> {
    const sql = `update ${this.#sql} set value = ${literal(value)}, version = ${literal(version)}, format = ${FORMAT},
      updated_at = now() where key = ${literal(key)} and version = ${literal(expected)}`;
    const none = { rows: [], count: 0 };
    return (await this.#whereTable(() => this.#run(sql, "can't be saved"), none)).count > 0;
  }

  async remove(key: string, expected: string): Promise<boolean> {
    const sql = `delete from ${this.#sql} where key = ${literal(key)} and version = ${literal(expected)}`;
    const none = { rows: [], count: 0 };
    return (await this.#whereTable(() => this.#run(sql, "can't be deleted"), none)).count > 0;
  }

  async keys(prefix: string): Promise<readonly string[]> {
    const text = literal(prefix);
    const sql = `select key from ${this.#sql} where key >= ${text} and substr(key, 1, char_length(${text})) = ${text}`;
    const { rows } = await this.#whereTable(() => this.#run(sql, "can't be listed"), { rows: [], count: 0 });
    return rows.map((row) => String(row['key']));
  }

  async #create(): Promise<void> {
    // Bytes are compared, as JavaScript compares texts; and the index serves prefixes.
    const table = `create table if not exists ${this.#sql} (key text collate "C" primary key, value text not null,
      version text not null, format int not null, updated_at timestamptz not null)`;
    const failure = "can't be made";
    for (let attempt = 1; ; attempt++) {
      try {
        await this.#run(table, failure, true);
        return;
      } catch (error) {
        const state = stateOf(error);
        if (attempt === CREATE_ATTEMPTS || state === undefined) throw error;
        if (state !== NO_SCHEMA && !RACES.has(state)) throw error;
        if (state === NO_SCHEMA) await this.#createSchema(error);
      }
    }
  }

  async #createSchema(reason: unknown): Promise<void> {
    if (this.#schema === undefined) throw reason;
    try {
      const sql = `create schema if not exists ${quoteIdentifier(this.#schema)}`;
      await this.#run(sql, 'has no schema, and it can’t be made', true);
    } catch (error) {
      if (!RACES.has(stateOf(error) ?? '')) throw error;
    }
  }

  async #whereTable<T>(run: () => Promise<T>, none: T): Promise<T> {
    try {
      return await run();
    } catch (error) {
      if (stateOf(error) === NO_TABLE) return none;
      throw error;
    }
  }

  #run(sql: string, failure: string, isMaking = false) {
    return this.#connection.run(sql, this.#errorPlace(failure, isMaking));
  }

  #errorPlace(failure: string, isMaking: boolean): ErrorPlace {
    const connection = this.#connection;
    const schema = this.#schema === undefined ? 'public' : quoteIdentifier(this.#schema);
    const table = this.#sql;
    return {
      failure,
      place: this.place,
      get grant() {
        const to = `to ${quoteIdentifier(connection.user ?? 'the user')};`;
        if (isMaking)
          return `create schema if not exists ${schema}; grant usage, create on schema ${schema} ${to}`;
        return `grant usage on schema ${schema} ${to} grant select, insert, update, delete on ${table} ${to}`;
      },
    };
  }
}

function stateOf(error: unknown): string | undefined {
  const state = isDatacookError(error) ? error.details['sqlstate'] : undefined;
  return typeof state === 'string' ? state : undefined;
}

/** Reads the same whatever standard_conforming_strings is. */
function literal(text: string): string {
  return `E${quoteLiteral(text.replaceAll('\\', '\\\\'))}`;
}
