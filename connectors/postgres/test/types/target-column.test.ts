import { parseType, sameType, typeToString } from '@datacook/toolkit';
import { describe, expect, test } from 'vitest';
import { canHold, columnTypeOf, newColumnType } from '../../src/types/target-column.js';
import { useDatabase } from '../copy/support.js';
import { createTable } from '../copy-in/support.js';

const db = useDatabase();

const NEW: readonly (readonly [ours: string, typeSql: string])[] = [
  ['bool', 'boolean'],
  ['int8', 'smallint'],
  ['uint8', 'smallint'],
  ['int16', 'smallint'],
  ['uint16', 'integer'],
  ['int32', 'integer'],
  ['uint32', 'bigint'],
  ['int64', 'bigint'],
  ['uint64', 'numeric(20,0)'],
  ['float32', 'real'],
  ['float64', 'double precision'],
  ['decimal(12,2)', 'numeric(12,2)'],
  ['decimal(1000,1000)', 'numeric(1000,1000)'],
  ['numeric', 'numeric'],
  ['utf8', 'text'],
  ['binary', 'bytea'],
  ['date', 'date'],
  ['time', 'time'],
  ['time_ns', 'time'],
  ['timetz', 'timetz'],
  ['timestamp', 'timestamp'],
  ['timestamp_ns', 'timestamp'],
  ['timestamptz', 'timestamptz'],
  ['timestamptz_ns', 'timestamptz'],
  ['interval', 'interval'],
  ['json', 'jsonb'],
  ['uuid', 'uuid'],
  ['struct<a: int32>', 'jsonb'],
  ['list<int32>', 'integer[]'],
  ['list<uint64>', 'numeric(20,0)[]'],
  ['list<timestamptz_ns>', 'timestamptz[]'],
  ['list<struct<a: int32>>', 'jsonb[]'],
  ['list<list<int32>>', 'jsonb'],
];

describe('a new column', () => {
  test.each(NEW)('of %s is %s, reads back as what is promised, and holds it', async (ours, typeSql) => {
    const type = parseType(ours);
    expect(newColumnType(type)).toBe(typeSql);
    const { columns } = await createTable(db.client, `v ${typeSql}`);
    const [column] = columns;
    const promised = columnTypeOf(type).type;
    expect(sameType(column!.type, promised), `${typeToString(column!.type)} ${typeToString(promised)}`).toBe(
      true,
    );
    expect(canHold(column!, type)).toBe(true);
  });

  test('of more digits than a numeric may be said to have is a numeric without limits', () => {
    const type = { kind: 'decimal', precision: 1001, scale: 2 } as const;
    expect(columnTypeOf(type)).toEqual({ type: { kind: 'numeric' }, typeSql: 'numeric' });
  });
});

const EXISTING: readonly (readonly [
  typeSql: string,
  holds: readonly string[],
  refuses: readonly string[],
])[] = [
  ['boolean', ['bool'], ['int8', 'utf8']],
  [
    'smallint',
    ['int8', 'uint8', 'int16', 'decimal(4,0)'],
    ['uint16', 'int32', 'decimal(5,0)', 'decimal(4,1)'],
  ],
  [
    'integer',
    ['uint16', 'int32', 'decimal(9,0)'],
    ['uint32', 'int64', 'decimal(10,0)', 'float32', 'numeric'],
  ],
  ['bigint', ['uint32', 'int64', 'decimal(18,0)'], ['uint64', 'decimal(19,0)', 'timestamp', 'utf8']],
  ['oid', ['uint8', 'uint32'], ['int32', 'uint64']],
  ['real', ['float32', 'int16', 'uint16'], ['float64', 'int32', 'decimal(4,0)']],
  ['double precision', ['float32', 'float64', 'int32', 'uint32'], ['int64', 'decimal(4,2)', 'numeric']],
  ['numeric', ['int64', 'uint64', 'decimal(38,10)', 'decimal(1200,3)', 'numeric'], ['float64', 'utf8']],
  [
    'numeric(10,2)',
    ['int16', 'decimal(10,2)', 'decimal(9,1)', 'numeric'],
    ['int32', 'decimal(10,1)', 'decimal(10,3)'],
  ],
  ['numeric(12,2)', ['int32', 'uint32'], ['int64']],
  ['numeric(20,0)', ['uint64', 'int64'], ['decimal(21,0)', 'decimal(20,1)']],
  ['numeric(5,-2)', ['numeric'], ['int8', 'decimal(5,0)']],
  ['numeric(2,4)', ['numeric'], ['decimal(2,2)', 'int8']],
  ['text', ['utf8', 'json'], ['int32', 'uuid', 'binary', 'list<utf8>', 'struct<a: int32>']],
  ['varchar(3)', ['utf8', 'json'], ['int32']],
  ['bytea', ['binary'], ['utf8']],
  ['date', ['date'], ['timestamp']],
  ['time', ['time', 'time_ns'], ['timetz', 'timestamp']],
  ['timetz', ['timetz'], ['time']],
  ['time(3)', [], ['time']],
  ['timestamp', ['timestamp', 'timestamp_ns'], ['timestamptz', 'date']],
  ['timestamptz', ['timestamptz', 'timestamptz_ns'], ['timestamp']],
  ['timestamp(3)', [], ['timestamp', 'timestamp_ns']],
  ['timestamptz(6)', ['timestamptz'], []],
  ['interval', ['interval'], ['int64']],
  ['interval(3)', [], ['interval']],
  ['interval day to second', [], ['interval']],
  ['uuid', ['uuid'], ['utf8']],
  ['json', ['json', 'utf8', 'struct<a: int32>', 'list<int32>'], ['int32', 'bool']],
  ['jsonb', ['json', 'utf8', 'struct<a: int32>', 'list<list<int32>>'], ['int32']],
  ['integer[]', ['list<int32>', 'list<int8>'], ['list<int64>', 'int32', 'utf8', 'list<list<int32>>']],
  ['inet', ['utf8'], ['json', 'int32', 'uuid']],
  ['inet[]', ['list<utf8>', 'utf8'], ['list<int32>']],
];

describe('an existing column', () => {
  test.each(EXISTING)('of %s', async (typeSql, holds, refuses) => {
    const { columns } = await createTable(db.client, `v ${typeSql}`);
    for (const ours of holds) expect(canHold(columns[0]!, parseType(ours)), ours).toBe(true);
    for (const ours of refuses) expect(canHold(columns[0]!, parseType(ours)), ours).toBe(false);
  });
});
