import type { Batch, DataType } from '@datacook/core';
import { sharedPostgres } from '@datacook/testkit';
import { columnTextReader, createColumnBuilder, quoteIdentifier } from '@datacook/toolkit';
import { Client, type QueryArrayResult } from 'pg';
import { afterAll, beforeAll } from 'vitest';
import { readCopy } from '../../src/copy/read-copy.js';
import type { PgColumn } from '../../src/types/pg-column.js';
import { resolveColumns } from '../../src/types/resolve-columns.js';
import type { Query } from '../../src/types/type-catalog.js';

/** As the source connects: the texts of a session that speaks UTF-8, in fixed forms. */
const SESSION =
  "set client_encoding = 'UTF8'; set timezone = 'UTC'; set datestyle = 'ISO'; set intervalstyle = 'iso_8601'; set extra_float_digits = 1";

export async function connect(url: string): Promise<Client> {
  const client = new Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  await client.query(SESSION);
  return client;
}

/** A database for the tests of a file, and a client in it. */
export function useDatabase(): { readonly client: Client; readonly url: string } {
  const state: { client?: Client; url?: string; drop?: () => Promise<void> } = {};
  beforeAll(async () => {
    const database = await sharedPostgres().database();
    state.client = await connect(database.url);
    state.url = database.url;
    state.drop = database.drop;
  });
  afterAll(async () => {
    await state.client?.end();
    await state.drop?.();
  });
  return {
    get client() {
      return state.client!;
    },
    get url() {
      return state.url!;
    },
  };
}

/** Rows as arrays of the server's texts. */
export function textQuery(client: Client): Query {
  return async (text, values) => {
    const types = { getTypeParser: () => (value: unknown) => value } as never;
    const query = { text, values: values as unknown[], rowMode: 'array' as const, types };
    const result = (await client.query(query)) as QueryArrayResult<(string | null)[]>;
    return result.rows;
  };
}

/** The columns of a query, as the source would read them. */
export async function describeQuery(
  client: Client,
  sql: string,
  overrides: Readonly<Record<string, string>> = {},
): Promise<readonly PgColumn[]> {
  const { fields } = await client.query({ text: `select * from (${sql}) as q limit 0`, rowMode: 'array' });
  const described = fields.map(({ name, dataTypeID, dataTypeModifier }) => ({
    name,
    oid: dataTypeID,
    typmod: dataTypeModifier,
    nullable: true,
  }));
  return resolveColumns(textQuery(client), described, overrides);
}

/** The columns of a table, with their domains: in a query's description, the server names what these are made of. */
export async function describeTable(
  client: Client,
  table: string,
  names: readonly string[],
  overrides: Readonly<Record<string, string>> = {},
): Promise<readonly PgColumn[]> {
  const query = textQuery(client);
  const rows = await query(
    'select attname, atttypid::text, atttypmod::text from pg_attribute where attrelid = $1::regclass and attname = any ($2)',
    [table, names],
  );
  const described = names.map((name) => {
    const [, oid, typmod] = rows.find(([attname]) => attname === name)!;
    return { name, oid: Number(oid), typmod: Number(typmod), nullable: true };
  });
  return resolveColumns(query, described, overrides);
}

export function copySql(sql: string, columns: readonly PgColumn[]): string {
  const list = columns.map(
    ({ name, cast }) => `${quoteIdentifier(name)}${cast === undefined ? '' : `::${cast}`}`,
  );
  return `copy (select ${list.join(', ')} from (${sql}) as q) to stdout (format binary)`;
}

export interface ReadOptions {
  readonly batchRows?: number;
  readonly batchBytes?: number;
  readonly signal?: AbortSignal;
}

export function readBatches(
  client: Client,
  sql: string,
  columns: readonly PgColumn[],
  options: ReadOptions = {},
): AsyncIterable<Batch> {
  return readCopy(client, sql, columns, {
    schema: { fields: columns },
    batchRows: 1000,
    batchBytes: 1 << 24,
    signal: new AbortController().signal,
    ...options,
  });
}

/** The canonical texts of each column. */
export function textsOf(batches: readonly Batch[]): (string | null)[][] {
  const texts: (string | null)[][] = [];
  for (const { schema, columns, length } of batches) {
    schema.fields.forEach(({ type }, index) => {
      const read = columnTextReader(type, columns[index]!);
      texts[index] ??= [];
      for (let row = 0; row < length; row++) texts[index].push(read(row));
    });
  }
  return texts;
}

/** Reads a whole query. */
export async function readQuery(
  client: Client,
  sql: string,
  overrides: Readonly<Record<string, string>> = {},
): Promise<{ readonly columns: readonly PgColumn[]; readonly texts: (string | null)[][] }> {
  const columns = await describeQuery(client, sql, overrides);
  return { columns, texts: await readColumns(client, sql, columns) };
}

/** Reads columns of a query whose types are known. */
export async function readColumns(
  client: Client,
  sql: string,
  columns: readonly PgColumn[],
): Promise<(string | null)[][]> {
  const batches: Batch[] = [];
  for await (const batch of readBatches(client, copySql(sql, columns), columns)) batches.push(batch);
  return textsOf(batches);
}

/** What the toolkit makes of the server's own texts, as canonical text. */
export function canonical(type: DataType, texts: readonly (string | null)[]): (string | null)[] {
  const builder = createColumnBuilder(type);
  for (const text of texts) {
    if (text === null) builder.appendNull();
    else if (!builder.appendText(text)) throw new Error(`${JSON.stringify(text)} is no ${type.kind}`);
  }
  const read = columnTextReader(type, builder.finish());
  return texts.map((_, row) => read(row));
}
