import { DatacookError, type DataType } from '@datacook/core';
import { type DigestDialect, partSql, quoteIdentifier } from '@datacook/toolkit';

/** How DuckDB makes a digest. */
export const DIALECT: DigestDialect = {
  text: 'varchar',
  byteLength: (text) => `strlen(${text})::varchar`,
  md5: (text) => `md5(${text})`,
  hexToInteger: (digits) => `('0x' || ${digits})::bigint`,
};

/**
 * The canonical text of a value, in SQL: that of `type`, which `comparableType` made of the column's own type `held`
 * and another. NULL for NULL.
 */
export function canonicalSql(value: string, type: DataType, held: DataType, depth = 0): string {
  switch (type.kind) {
    case 'bool':
    case 'int':
    case 'utf8':
    case 'json':
    case 'uuid':
      return `${value}::varchar`;
    case 'decimal':
    case 'numeric':
      return exactSql(value, held);
    case 'float':
      return `case when isnan(${value}) then 'NaN' else ${value}::double::bit::bigint::varchar end`;
    case 'binary':
      return `lower(hex(${value}))`;
    case 'date':
      return finiteSql(value, `(${value} - date '1970-01-01')::varchar`);
    case 'time':
      return timeSql(value, type, held);
    case 'timestamp':
      return finiteSql(value, instantSql(value, type, held));
    case 'interval':
      return intervalSql(value);
    case 'list': {
      if (held.kind !== 'list') throw unlike(type, held);
      const item = `e${depth}`;
      const text = canonicalSql(item, type.item.type, held.item.type, depth + 1);
      const parts = `list_transform(${value}, lambda ${item}: ${partSql(DIALECT, type.item, text)})`;
      return `'[' || array_to_string(${parts}, '') || ']'`;
    }
    case 'struct': {
      if (held.kind !== 'struct') throw unlike(type, held);
      const parts = type.fields.map((field, index) => {
        const member = `(${value}).${quoteIdentifier(field.name)}`;
        return partSql(DIALECT, field, canonicalSql(member, field.type, held.fields[index]!.type, depth));
      });
      return `case when ${value} is not null then '(' || ${parts.join(' || ')} || ')' end`;
    }
  }
}

/** Zeros at the end of a fraction say nothing. Decimals beyond 38 digits are kept as text. */
function exactSql(value: string, held: DataType): string {
  const text = `${value}::varchar`;
  const isWhole = held.kind === 'int' || (held.kind === 'decimal' && held.scale === 0);
  if (isWhole) return text;
  const trimmed = `rtrim(rtrim(${text}, '0'), '.')`;
  const isFraction = held.kind === 'decimal' && held.precision <= 38;
  return isFraction ? trimmed : `case when contains(${text}, '.') then ${trimmed} else ${text} end`;
}

function finiteSql(value: string, text: string): string {
  return `case when isfinite(${value}) then ${text} else ${value}::varchar end`;
}

type Clock = Extract<DataType, { kind: 'time' | 'timestamp' }>;

function instantSql(value: string, type: Clock, held: DataType): string {
  if (held.kind === 'timestamp' && held.unit === 'ns') return `epoch_ns(${value})::varchar`;
  const own = `epoch_us(${value}${type.zoned ? '' : '::timestamp'})`;
  return inUnit(own, type);
}

function timeSql(value: string, type: Clock, held: DataType): string {
  if (held.kind === 'time' && held.unit === 'ns' && !held.zoned) return `epoch_ns(${value})::varchar`;
  const own = type.zoned
    ? `(epoch_us(${value}) - date_part('timezone', ${value}) * 1000000)`
    : `epoch_us(${value})`;
  return inUnit(own, type);
}

function inUnit(microseconds: string, { unit }: Clock): string {
  return unit === 'us' ? `${microseconds}::varchar` : `(${microseconds}::hugeint * 1000)::varchar`;
}

/** DuckDB keeps months, days and microseconds, and tells each in parts. */
function intervalSql(value: string): string {
  const part = (name: string) => `date_part('${name}', ${value})`;
  const microseconds = `${part('hour')}::hugeint * 3600000000 + ${part('minute')} * 60000000 + ${part('microsecond')}`;
  return (
    `(${part('year')} * 12 + ${part('month')})::varchar || '/' || ${part('day')}::varchar || '/' || ` +
    `((${microseconds}) * 1000)::varchar`
  );
}

function unlike(type: DataType, held: DataType): DatacookError {
  return new DatacookError('INTERNAL', `A column of ${held.kind} can't be digested as ${type.kind}.`, {
    hint: 'This is a defect: report it.',
  });
}
