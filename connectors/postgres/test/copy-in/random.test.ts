import type { Batch, Column, DataType } from '@datacook/core';
import { columnTextReader, sameType, sliceBatch, typeToString } from '@datacook/toolkit';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { columnTypeOf, newColumnType } from '../../src/types/target-column.js';
import { canonical, copySql, describeTable, readBatches, textQuery, useDatabase } from '../copy/support.js';
import { columnOf, copy, createTable } from './support.js';

const db = useDatabase();

const digits = (most: number) => fc.stringMatching(new RegExp(`^[1-9][0-9]{0,${most - 1}}$`));
const sign = fc.constantFrom('', '-');

/** The text of a decimal. */
function decimalText(precision: number, scale: number): fc.Arbitrary<string> {
  const whole = precision > scale ? fc.oneof(fc.constant('0'), digits(precision - scale)) : fc.constant('0');
  const places = fc.stringMatching(new RegExp(`^[0-9]{0,${scale}}$`));
  return fc
    .tuple(sign, whole, places)
    .map(([minus, front, behind]) => `${minus}${front}${behind === '' ? '' : `.${behind}`}`);
}

const big = (least: bigint, most: bigint) =>
  fc
    .oneof(
      fc.bigInt(least, most),
      fc.bigInt(-20_000n > least ? -20_000n : least, most > 20_000n ? 20_000n : most),
      fc.constantFrom(least, most),
    )
    .map(String);

/** Micro- or nanoseconds, whole microseconds, as an instant's text. */
const moment = fc
  .tuple(fc.date({ min: new Date(-2e13), max: new Date(8e15 - 1), noInvalidDate: true }), fc.nat(999))
  .map(([date, us]) => {
    const text = date.toISOString().replace('Z', String(us).padStart(3, '0')).replace('+0', '');
    return text.startsWith('-') ? `0001-01-01T${text.slice(-15)}` : text.replace(/^\+/, '');
  });
const nanoMoment = fc
  .tuple(fc.date({ min: new Date(-9e12), max: new Date(9e12), noInvalidDate: true }), fc.nat(999))
  .map(([date, us]) => date.toISOString().replace('Z', String(us).padStart(3, '0')));
const clock = fc
  .tuple(fc.nat(23), fc.nat(59), fc.nat(59), fc.nat(999_999))
  .map(([h, m, s, us]) => `${two(h)}:${two(m)}:${two(s)}.${String(us).padStart(6, '0')}`);
const two = (value: number) => String(value).padStart(2, '0');
const text = fc.string({ unit: 'binary', maxLength: 90 }).map((value) => value.replaceAll('\0', ''));
const json = fc.jsonValue({ maxDepth: 2 }).map((value) => JSON.stringify(value).replaceAll('\\u0000', ''));
const float = (single: boolean) =>
  (single ? fc.float() : fc.double()).map((value) => (Object.is(value, -0) ? '-0' : String(value)));

interface Kind {
  readonly type: DataType;
  readonly texts: fc.Arbitrary<string>;
}

const scalar: fc.Arbitrary<Kind> = fc.oneof(
  kind({ kind: 'bool' }, fc.boolean().map(String)),
  ...([8, 16, 32, 64] as const).flatMap((bits) => {
    const half = 2n ** BigInt(bits - 1);
    return [
      kind({ kind: 'int', bits, signed: true }, big(-half, half - 1n)),
      kind({ kind: 'int', bits, signed: false }, big(0n, half * 2n - 1n)),
    ];
  }),
  kind({ kind: 'float', bits: 32 }, float(true)),
  kind({ kind: 'float', bits: 64 }, float(false)),
  fc
    .tuple(fc.integer({ min: 1, max: 45 }), fc.nat(45))
    .map(([precision, scale]) => ({ precision, scale: Math.min(precision, scale) }))
    .map(({ precision, scale }) => ({
      type: { kind: 'decimal' as const, precision, scale },
      texts: decimalText(precision, scale),
    })),
  kind(
    { kind: 'numeric' },
    fc.oneof(
      decimalText(60, 30),
      decimalText(20, 0),
      fc.constantFrom('NaN', 'Infinity', '-Infinity', '0.000'),
    ),
  ),
  kind({ kind: 'utf8' }, text),
  kind({ kind: 'json' }, json),
  kind(
    { kind: 'binary' },
    fc.uint8Array({ maxLength: 90 }).map((bytes) => `\\x${Buffer.from(bytes).toString('hex')}`),
  ),
  kind({ kind: 'uuid' }, fc.uuid()),
  kind(
    { kind: 'date' },
    fc.oneof(
      moment.map((at) => at.slice(0, at.indexOf('T'))),
      fc.constant('infinity'),
    ),
  ),
  kind({ kind: 'timestamp', unit: 'us', zoned: false }, fc.oneof(moment, fc.constant('-infinity'))),
  kind(
    { kind: 'timestamp', unit: 'us', zoned: true },
    moment.map((at) => `${at}Z`),
  ),
  kind(
    { kind: 'timestamp', unit: 'ns', zoned: true },
    nanoMoment.map((at) => `${at}Z`),
  ),
  kind({ kind: 'time', unit: 'us', zoned: false }, fc.oneof(clock, fc.constant('24:00:00'))),
  kind({ kind: 'time', unit: 'ns', zoned: false }, clock),
  kind(
    { kind: 'time', unit: 'us', zoned: true },
    fc
      .tuple(clock, fc.constantFrom('+', '-'), fc.nat(15), fc.nat(59))
      .map(([at, east, h, m]) => `${at}${east}${two(h)}:${two(m)}`),
  ),
  kind(
    { kind: 'interval' },
    fc
      .tuple(fc.integer(), fc.integer(), fc.integer({ min: -1e12, max: 1e12 }))
      .map(([months, days, ms]) => `P${months}M${days}DT${ms < 0 ? '-' : ''}${Math.abs(ms) / 1000}S`),
  ),
);

function kind(type: DataType, texts: fc.Arbitrary<string>): fc.Arbitrary<Kind> {
  return fc.constant({ type, texts });
}

/** Scalars, and lists of them. */
const column = fc.oneof({ arbitrary: scalar, weight: 4 }, { arbitrary: scalar.map(listOf), weight: 1 });

function listOf({ type, texts }: Kind): Kind {
  const bare = type.kind === 'bool' || type.kind === 'int' || type.kind === 'decimal' || type.kind === 'json';
  const item = fc.option(
    // A JSON null in a list of JSON is NULL.
    texts
      .filter((value) => type.kind !== 'json' || value !== 'null')
      .map((value) => (bare ? value : JSON.stringify(value))),
    { nil: 'null' },
  );
  return {
    type: { kind: 'list', item: { name: 'item', type, nullable: true } },
    texts: fc.array(item, { maxLength: 4 }).map((items) => `[${items.join(',')}]`),
  };
}

interface Table {
  readonly types: readonly DataType[];
  readonly texts: readonly (readonly (string | null)[])[];
  readonly rows: number;
  readonly cut: number;
  readonly isText: boolean;
}

const table: fc.Arbitrary<Table> = fc
  .tuple(fc.array(column, { minLength: 1, maxLength: 8 }), fc.integer({ min: 1, max: 40 }))
  .chain(([columns, rows]) =>
    fc.record({
      types: fc.constant(columns.map(({ type }) => type)),
      texts: fc.tuple(
        ...columns.map(({ texts }) =>
          fc.array(fc.option(texts, { nil: null, freq: 6 }), { minLength: rows, maxLength: rows }),
        ),
      ),
      rows: fc.constant(rows),
      cut: fc.nat(rows),
      isText: fc.boolean(),
    }),
  );

/** What is left of a text in the type that a column reads back as; jsonb is compared as JSON. */
function expected(from: DataType, to: DataType, column: Column, rows: number): (string | null)[] {
  const read = columnTextReader(from, column);
  const texts = Array.from({ length: rows }, (_, row) => read(row));
  return sameType(from, to) ? texts : canonical(to, texts);
}

function parsed(type: DataType, texts: readonly (string | null)[]): readonly unknown[] {
  const isJson = type.kind === 'json' || (type.kind === 'list' && type.item.type.kind === 'json');
  return isJson ? texts.map((value) => value && JSON.parse(value)) : texts;
}

test('random rows of random types read back as the same, by us and by the server', async () => {
  await fc.assert(
    fc.asyncProperty(table, async ({ types, texts, rows, cut, isText }) => {
      const names = types.map((_, index) => `c${index}`);
      const list = types.map((type, index) => `c${index} ${newColumnType(type)}`);
      const { into, columns } = await createTable(
        db.client,
        [...list, 'n bigint', ...(isText ? ['x inet'] : [])].join(', '),
      );
      const batch: Batch = {
        length: rows,
        schema: { fields: types.map((type, index) => ({ name: names[index]!, type, nullable: true })) },
        columns: types.map((type, index) => columnOf(type, texts[index]!)),
      };
      const filled = columns.filter(({ name }) => name !== 'n');
      const order = { column: 'n', first: 1n };
      const parts = [sliceBatch(batch, 0, cut), sliceBatch(batch, cut, rows)];
      expect(await copy(db.client, { into, columns: filled, order }, ...parts)).toBe(rows);

      const sql = `select * from ${into} order by n`;
      const described = await describeTable(db.client, into, names);
      const read: Batch[] = [];
      for await (const got of readBatches(db.client, copySql(sql, described), described)) read.push(got);
      expect(read.length).toBe(1);
      const said = await textQuery(db.client)(
        `select ${described.map(({ name, type }) => (type.kind === 'list' ? `to_json(${name})::text` : name)).join(', ')} from (${sql}) as q`,
      );
      types.forEach((type, index) => {
        const { type: back } = described[index]!;
        const column = batch.columns[index]!;
        expect(sameType(back, columnTypeOf(type).type), typeToString(back)).toBe(true);
        const wanted = parsed(back, expected(type, back, column, rows));
        const textOf = columnTextReader(back, read[0]!.columns[index]!);
        const ours = Array.from({ length: rows }, (_, row) => textOf(row));
        expect(parsed(back, ours)).toEqual(wanted);
        const theirs = said.map((row) => row[index] ?? null);
        expect(parsed(back, canonical(back, theirs))).toEqual(wanted);
      });
      await db.client.query(`drop table ${into}`);
    }),
    { seed: 20_261_125, numRuns: 100 },
  );
});
