import { DatacookError, type DataType } from '@datacook/core';
import { type DigestDialect, partSql } from '@datacook/toolkit';
import type { PgColumn } from '../types/pg-column.js';

/** How Postgres makes a digest; a text's bytes are those of UTF-8, whatever the database's encoding is. */
export function dialectOf(encoding: string): DigestDialect {
  const bytes = (text: string) => (encoding === 'UTF8' ? text : `convert_to(${text}, 'UTF8')`);
  return {
    text: 'text',
    byteLength: (text) => `octet_length(${bytes(text)})::text`,
    md5: (text) => `md5(${bytes(text)})`,
    hexToInteger: (digits) => `('x' || ${digits})::bit(60)::bigint`,
  };
}

/** What a value is held as. An element of an array has no OID here. */
export type Held = Pick<PgColumn, 'type' | 'cast'> & { readonly oid?: number };

const TEXT_OIDS: ReadonlySet<number | undefined> = new Set([25, 1043]);
/** Microseconds from 1970-01-01 to 2000-01-01, where Postgres counts from. */
const EPOCH = '946684800000000';

/**
 * The canonical text of a value, in SQL: that of `type`, which `comparableType` made of the column's own type and
 * another. NULL for NULL. Times, floats and intervals are told by the bytes that the server would send: as exact, and
 * the same in every version.
 */
export function canonicalSql(
  dialect: DigestDialect,
  value: string,
  type: DataType,
  held: Held,
  depth = 0,
): string {
  switch (type.kind) {
    case 'utf8':
      return textSql(value, held);
    case 'bool':
    case 'int':
    case 'json':
    case 'uuid':
      return `${value}::text`;
    case 'decimal':
    case 'numeric':
      return exactSql(value, held.type);
    case 'float':
      return `case when ${value}::float8 = 'NaN' then 'NaN' else ${bits(`float8send(${value}::float8)`)}::text end`;
    case 'binary':
      return `encode(${value}, 'hex')`;
    case 'date':
      return finiteSql(value, `(${value} - date '1970-01-01')::text`);
    case 'time':
      return inUnit(type.zoned ? zonedTime(value) : bits(`time_send(${value})`), type.unit);
    case 'timestamp': {
      const send = type.zoned ? 'timestamptz_send' : 'timestamp_send';
      return finiteSql(value, inUnit(`(${bits(`${send}(${value})`)}::numeric + ${EPOCH})`, type.unit));
    }
    case 'interval':
      return intervalSql(value);
    case 'list': {
      const { type: of } = held;
      if (of.kind !== 'list') throw unlike(type, of);
      const [item, place] = [`e${depth}`, `n${depth}`];
      const text = canonicalSql(dialect, item, type.item.type, { type: of.item.type }, depth + 1);
      const parts = `string_agg(${partSql(dialect, type.item, text)}, '' order by ${place})`;
      const items = `unnest(${value}) with ordinality as u${depth} (${item}, ${place})`;
      return `case when ${value} is not null then (select '[' || coalesce(${parts}, '') || ']' from ${items}) end`;
    }
    case 'struct':
      throw unlike(type, held.type);
  }
}

/** As it is sent: a cast would take the blanks at the end of a `char(n)`. */
function textSql(value: string, { cast, oid }: Held): string {
  if (cast === 'text' || TEXT_OIDS.has(oid)) return `${value}::text`;
  return `case when ${value} is not null then format('%s', ${value}) end`;
}

/** Zeros at the end of a fraction say nothing. */
function exactSql(value: string, held: DataType): string {
  const text = `${value}::text`;
  if (held.kind === 'int' || (held.kind === 'decimal' && held.scale === 0)) return text;
  const trimmed = `rtrim(rtrim(${text}, '0'), '.')`;
  return held.kind === 'decimal' ? trimmed : `case when scale(${value}) > 0 then ${trimmed} else ${text} end`;
}

function finiteSql(value: string, text: string): string {
  return `case when isfinite(${value}) then ${text} else ${value}::text end`;
}

/** The eight bytes of a `bytea` as an integer. */
function bits(bytes: string): string {
  return `('x' || encode(${bytes}, 'hex'))::bit(64)::bigint`;
}

function hexPart(hex: string, from: number, digits: 8 | 16): string {
  const type = digits === 8 ? 'int' : 'bigint';
  return `('x' || substr(${hex}, ${from}, ${digits}))::bit(${digits * 4})::${type}`;
}

/** Counted from midnight UTC; the zone is in seconds west of it. */
function zonedTime(value: string): string {
  const hex = `encode(timetz_send(${value}), 'hex')`;
  return `(${hexPart(hex, 1, 16)} + ${hexPart(hex, 17, 8)}::bigint * 1000000)`;
}

function inUnit(microseconds: string, unit: 'us' | 'ns'): string {
  return unit === 'us' ? `${microseconds}::text` : `(${microseconds}::numeric * 1000)::text`;
}

function intervalSql(value: string): string {
  const hex = `encode(interval_send(${value}), 'hex')`;
  const nanoseconds = `(${hexPart(hex, 1, 16)}::numeric * 1000)::text`;
  return `${hexPart(hex, 25, 8)}::text || '/' || ${hexPart(hex, 17, 8)}::text || '/' || ${nanoseconds}`;
}

function unlike(type: DataType, held: DataType): DatacookError {
  return new DatacookError('INTERNAL', `A column of ${held.kind} can't be digested as ${type.kind}.`, {
    hint: 'This is a defect: report it.',
  });
}
