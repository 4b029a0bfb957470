import { batchFromRows } from '@datacook/toolkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CsvOptions } from '../src/config.js';
import { decode, encode, failure, schemaOf } from './helpers.js';

describe('encoding', () => {
  it('writes a header, NULL as nothing and the empty text in quotes', async () => {
    const schema = schemaOf({ id: 'int64', 'the "name"': 'utf8' });
    const batch = batchFromRows(
      [
        { id: 9007199254740993n, 'the "name"': '' },
        { id: null, 'the "name"': null },
        { id: 1, 'the "name"': 'a,b' },
      ],
      schema,
    );
    expect(await encode([batch], schema)).toBe('id,"the ""name"""\n9007199254740993,""\n,\n1,"a,b"\n');
    expect(await encode([], schema, { header: false })).toBe('');
  });

  it('finds the columns of a batch by name, and makes NULL of those it lacks', async () => {
    const batch = batchFromRows([{ b: 'x' }], schemaOf({ b: 'utf8' }));
    expect(await encode([batch], schemaOf({ a: 'utf8', b: 'utf8' }))).toBe('a,b\n,x\n');
    expect(await failure(encode([batch], schemaOf({ a: 'utf8' })))).toMatchObject({
      code: 'SCHEMA',
      column: 'b',
    });
  });

  it('refuses what it has no way to write', async () => {
    const schema = schemaOf({ a: 'utf8' });
    const batch = (a: string | null) => [batchFromRows([{ a }], schema)];
    expect(await failure(encode(batch('x,y'), schema, { quote: null }))).toMatchObject({ code: 'DATA' });
    expect(await failure(encode(batch(''), schema, { quote: null }))).toMatchObject({ code: 'DATA' });
    expect(await failure(encode(batch(null), schema, { null_values: [] }))).toMatchObject({
      code: 'DATA',
      column: 'a',
    });
    expect(await failure(encode(batch('x'), schema, { encoding: 'shift_jis' }))).toMatchObject({
      code: 'UNSUPPORTED',
    });
  });

  const text = fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 8 }),
    fc
      .array(
        fc.constantFrom(
          '"',
          "'",
          ',',
          ';',
          '|',
          '<,>',
          '<',
          '\n',
          '\r',
          '\r\n',
          ' ',
          '\\',
          '#',
          'NA',
          '\ufeff',
          '\0',
          'x',
        ),
        { maxLength: 6 },
      )
      .map((parts) => parts.join('')),
  );
  const day = fc.integer({ min: -25_000, max: 100_000 });
  const row = fc.record({
    s: fc.option(text),
    i: fc.option(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })),
    f: fc.option(fc.double({ noNaN: true, noDefaultInfinity: true })),
    b: fc.option(fc.boolean()),
    d: fc.option(day),
    t: fc.option(fc.bigInt({ min: -(10n ** 15n), max: 10n ** 16n })),
    n: fc.option(fc.bigInt({ min: -(10n ** 37n), max: 10n ** 37n }).map(String)),
    j: fc.option(fc.json()),
    u: fc.option(fc.uuid()),
    y: fc.option(fc.uint8Array({ maxLength: 5 })),
    l: fc.option(text),
  });
  const types = {
    s: 'utf8',
    i: 'int64',
    f: 'float64',
    b: 'bool',
    d: 'date',
    t: 'timestamp',
    n: 'decimal(38,0)',
    j: 'json',
    u: 'uuid',
    y: 'binary',
    l: 'utf8',
  };
  const dialects: CsvOptions[] = [
    {},
    { delimiter: ';', quote: "'" },
    { delimiter: '||', escape: '\\' },
    { delimiter: '<,>' },
    { delimiter: '\t', comment: '#', trim: true },
    { delimiter: '|', null_values: ['NA', ''], header: false, columns: Object.keys(types) },
    { null_values: ['NA'] },
  ];

  it('gives back, decoded, what was written: every type, every dialect', async () => {
    const schema = schemaOf(types);
    await fc.assert(
      fc.asyncProperty(
        fc.array(row, { maxLength: 6 }),
        fc.constantFrom(...dialects),
        fc.integer({ min: 1, max: 50 }),
        async (rows, options, size) => {
          const batch = batchFromRows(rows, schema);
          const written = await encode([batch], schema, options);
          const read = await decode(written, options, { schema, size });
          expect(await encode(read.batches, schema, options)).toBe(written);
          expect(read.rows).toEqual((await import('./helpers.js')).rowsOfBatch(batch));
        },
      ),
      { seed: 8, numRuns: 1500 },
    );
  });

  it('gives back a single column, where a blank line is NULL', async () => {
    const schema = schemaOf({ s: 'utf8' });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.option(text), { maxLength: 6 }), async (values) => {
        const batch = batchFromRows(
          values.map((s) => ({ s })),
          schema,
        );
        const read = await decode(await encode([batch], schema), {}, { schema });
        expect(read.rows).toEqual(values.map((s) => [s]));
      }),
      { seed: 8, numRuns: 500 },
    );
  });
});
