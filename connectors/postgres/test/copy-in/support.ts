import type { Batch, Column, DataType, Field } from '@datacook/core';
import { createColumnBuilder } from '@datacook/toolkit';
import type { Client } from 'pg';
import { Session } from '../../src/connection/session.js';
import { CopyIn, type CopyInOptions } from '../../src/copy-in/copy-in.js';
import { describeTarget } from '../../src/types/describe-target.js';
import type { TargetColumn } from '../../src/types/target-column.js';
import { canonical, describeTable, readColumns, textQuery } from '../copy/support.js';

export const INT32: DataType = { kind: 'int', bits: 32, signed: true };
export const UTF8: DataType = { kind: 'utf8' };

function field(name: string, type: DataType): Field {
  return { name, type, nullable: true };
}

/** A column of canonical texts. */
export function columnOf(type: DataType, texts: readonly (string | null)[]): Column {
  const builder = createColumnBuilder(type);
  for (const text of texts) {
    if (text === null) builder.appendNull();
    else if (!builder.appendText(text)) throw new Error(`${JSON.stringify(text)} is no ${type.kind}`);
  }
  return builder.finish();
}

export function batchOf(
  columns: readonly (readonly [name: string, type: DataType, texts: readonly (string | null)[]])[],
): Batch {
  return {
    length: columns[0]![2].length,
    schema: { fields: columns.map(([name, type]) => field(name, type)) },
    columns: columns.map(([, type, texts]) => columnOf(type, texts)),
  };
}

const SESSIONS = new WeakMap<Client, Session>();

/** The one session of a client. */
export function sessionOf(client: Client): Session {
  const session = SESSIONS.get(client) ?? new Session(client, new AbortController().signal, 'write');
  SESSIONS.set(client, session);
  return session;
}

let tables = 0;

/** Makes a table and describes it. */
export async function createTable(
  client: Client,
  columns: string,
): Promise<{ readonly into: string; readonly columns: readonly TargetColumn[] }> {
  const into = `"target ${++tables}"`;
  await client.query(`create table ${into} (${columns})`);
  return { into, columns: await describe(client, into) };
}

export async function describe(client: Client, table: string): Promise<readonly TargetColumn[]> {
  const { rows } = await client.query<{ oid: string }>('select $1::regclass::oid::text as oid', [table]);
  return describeTarget(sessionOf(client), Number(rows[0]!.oid));
}

/** Copies batches in a transaction, which is committed; returns how many rows were taken. */
export async function copy(
  client: Client,
  options: CopyInOptions,
  ...batches: readonly Batch[]
): Promise<number> {
  await client.query('begin');
  let copying: CopyIn | undefined;
  try {
    copying = await CopyIn.begin(sessionOf(client), options);
    for (const batch of batches) await copying.write(batch);
    const taken = await copying.end();
    await client.query('commit');
    return taken;
  } catch (error) {
    await copying?.abort();
    await client.query('rollback');
    throw error;
  }
}

/**
 * Copies texts into a column of a new table. Returns what the source reads of it, and what the server itself says,
 * both as canonical texts, and the server's words. `extra` are more columns, which stay NULL.
 */
export async function roundTrip(
  client: Client,
  typeSql: string,
  type: DataType,
  texts: readonly (string | null)[],
  extra = '',
): Promise<{
  /** What the column reads back as. */
  readonly type: DataType;
  readonly read: readonly (string | null)[];
  readonly said: readonly (string | null)[];
  readonly words: readonly (string | null)[];
}> {
  const { into, columns } = await createTable(client, `n integer, v ${typeSql}${extra}`);
  const numbers = texts.map((_, index) => String(index));
  await copy(
    client,
    { into, columns },
    batchOf([
      ['v', type, texts],
      ['n', INT32, numbers],
    ]),
  );
  const described = await describeTable(client, into, ['v']);
  const read = (await readColumns(client, `select v from ${into} order by n`, described))[0]!;
  const rows = await textQuery(client)(
    `select v, ${columns[1]!.type.kind === 'list' ? 'to_json(v)::text' : 'v'} from ${into} order by n`,
  );
  const words = rows.map(([text]) => text ?? null);
  const said = rows.map(([, text]) => text ?? null);
  const { type: readType } = described[0]!;
  return { type: readType, read, said: canonical(readType, said), words };
}
