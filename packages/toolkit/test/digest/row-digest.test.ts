import { createHash } from 'node:crypto';
import type { Field, Schema } from '@datacook/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  batchFromRows,
  parseType,
  RowDigest,
  readableText,
  rowTextParts,
  rowTextReader,
} from '../../src/index.js';
import { SEED, typedRows } from '../arbitrary.js';

const md5 = (text: string) => createHash('md5').update(text, 'utf8').digest('hex');
const field = (name: string, type: string): Field => ({ name, type: parseType(type), nullable: true });

function digest(rows: Record<string, unknown>[], schema: Schema, keys: readonly string[], bucket?: string) {
  const all = new RowDigest(schema.fields, keys, bucket);
  all.add(batchFromRows(rows, schema));
  return [...all.entries()];
}

describe('the digest of rows', () => {
  const schema: Schema = { fields: [field('id', 'int32'), field('word', 'utf8')] };

  test('is what the contract says it is', () => {
    const bucket = md5('1,').slice(0, 3);
    const text = '1,4:ä,b,';
    const sum = String(BigInt(`0x${md5(text).slice(3, 18)}`));
    const rows = [{ id: 1, word: 'ä,b' }];
    expect(digest(rows, schema, ['id'])).toEqual([{ bucket, rows: 1, sum }]);
    expect(digest(rows, schema, ['id'], `000,${bucket}`)).toEqual([{ bucket: '1,', rows: 1, sum }]);
    expect(digest(rows, schema, ['id'], bucket === '000' ? '001' : '000')).toEqual([]);
    expect(digest(rows, schema, [])).toEqual([{ bucket: md5(text).slice(0, 3), rows: 1, sum }]);
  });

  test('has one text for NULL, for the text of it, and for nothing', () => {
    const read = (word: unknown) =>
      rowTextReader(schema.fields, batchFromRows([{ id: null, word }], schema))(0);
    expect([read(null), read('~'), read('')]).toEqual(['~,~,', '~,1:~,', '~,0:,']);
  });

  test('does not depend on the order of rows, nor on batches', () => {
    fc.assert(
      fc.property(typedRows, ({ schema: any, rows }) => {
        const whole = digest(rows, any, []);
        const parts = new RowDigest(any.fields, []);
        for (const row of rows.toReversed()) parts.add(batchFromRows([row], any));
        const byName = (a: { bucket: string }, b: { bucket: string }) => (a.bucket < b.bucket ? -1 : 1);
        expect([...parts.entries()].sort(byName)).toEqual(whole.sort(byName));
      }),
      SEED,
    );
  });

  test('a column that a batch lacks is NULL', () => {
    const read = rowTextReader(schema.fields, batchFromRows([{ id: 7 }], { fields: [field('id', 'int32')] }));
    expect(read(0)).toBe('7,~,');
  });
});

test('a row of any types comes apart again, and no two rows have one text', () => {
  fc.assert(
    fc.property(typedRows, ({ schema, rows }) => {
      const read = rowTextReader(schema.fields, batchFromRows(rows, schema));
      const seen = new Map<string, string>();
      for (let row = 0; row < rows.length; row++) {
        const parts = rowTextParts(schema.fields, read(row));
        const apart = JSON.stringify(parts);
        expect(parts).toHaveLength(schema.fields.length);
        expect(seen.get(read(row)) ?? apart).toBe(apart);
        seen.set(read(row), apart);
      }
      expect(new Set(seen.values()).size).toBe(seen.size);
    }),
    SEED,
  );
});

test('what is no row text is a defect that is told', () => {
  expect(() => rowTextParts([field('a', 'utf8')], '5:abc,')).toThrow('is no text of 1 columns');
  expect(() => rowTextParts([field('a', 'int32'), field('b', 'int32')], '1,')).toThrow(
    'is no text of 2 columns',
  );
});

test('a canonical text is shown as people write it', () => {
  expect(readableText(parseType('date'), '18262')).toBe('2020-01-01');
  expect(readableText(parseType('date'), 'infinity')).toBe('infinity');
  expect(readableText(parseType('timestamptz'), '1577836800000001')).toBe('2020-01-01T00:00:00.000001Z');
  expect(readableText(parseType('time'), '86400000000')).toBe('24:00:00.000000');
  expect(readableText(parseType('float64'), '4609434218613702656')).toBe('1.5');
  expect(readableText(parseType('utf8'), '18262')).toBe('18262');
});
