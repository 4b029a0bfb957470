import type { Schema } from '@datacook/core';
import { parseType, typeToString } from '@datacook/toolkit';
import { describe, expect, it } from 'vitest';
import { fitTable, knownTable, liesWithin, preparedColumns } from '../src/schema-policy.js';

function schema(columns: Record<string, string>): Schema {
  return {
    fields: Object.entries(columns).map(([name, type]) => ({ name, type: parseType(type), nullable: false })),
  };
}

function columns({ fields }: Schema): Record<string, string> {
  return Object.fromEntries(fields.map(({ name, type }) => [name, typeToString(type)]));
}

describe('fitTable', () => {
  const table = schema({ id: 'int32', name: 'utf8', price: 'decimal(9,2)' });

  it('makes a new table of the stream, every column nullable', () => {
    const fitted = fitTable(undefined, table, 'evolve', 't');
    expect(columns(fitted.schema)).toEqual(columns(table));
    expect(fitted.schema.fields.every(({ nullable }) => nullable)).toBe(true);
    expect(fitted.changes).toEqual([]);
  });

  it('adds new columns behind, widens, and keeps what the stream lacks', () => {
    const fitted = fitTable(
      table,
      schema({ extra: 'bool', id: 'int64', price: 'decimal(12,3)' }),
      'evolve',
      't',
    );
    expect(columns(fitted.schema)).toEqual({
      id: 'int64',
      name: 'utf8',
      price: 'decimal(12,3)',
      extra: 'bool',
    });
    expect(fitted.changes).toEqual([
      'column "extra" added (bool)',
      'column "id" widened from int32 to int64',
      'column "price" widened from decimal(9,2) to decimal(12,3)',
    ]);
  });

  it('keeps a wider column of the table', () => {
    expect(fitTable(table, schema({ id: 'int8' }), 'evolve', 't').changes).toEqual([]);
  });

  it('refuses what no type holds, and says what to do', () => {
    expect(() => fitTable(table, schema({ id: 'utf8' }), 'evolve', 't')).toThrow(
      't: column "id" is int32 in the table and utf8 in the stream, and no type holds both',
    );
  });

  it.each([
    [{ id: 'int32', name: 'utf8', price: 'decimal(9,2)', extra: 'bool' }, 'a new column "extra"'],
    [{ id: 'int64', name: 'utf8', price: 'decimal(9,2)' }, '"id" is int32 in the table and int64'],
    [{ id: 'int32', name: 'utf8' }, 'no column "price"'],
  ])('refuses any difference under freeze: %j', (stream, message) => {
    expect(() => fitTable(table, schema(stream as Record<string, string>), 'freeze', 't')).toThrow(message);
  });

  it('refuses two columns of one name', () => {
    const { fields } = schema({ id: 'int32' });
    expect(() => fitTable(undefined, { fields: [...fields, ...fields] }, 'evolve', 't')).toThrow(
      'two columns',
    );
  });
});

describe('knownTable', () => {
  it('takes the types as they were prepared for columns that are still there', () => {
    const prepared = preparedColumns(schema({ ratio: 'numeric', gone: 'bool' }));
    const known = knownTable(schema({ ratio: 'decimal(38,9)', own: 'date' }), prepared);
    expect(columns(known)).toEqual({ ratio: 'numeric', own: 'date' });
  });
});

describe('liesWithin', () => {
  it('is true for fewer and narrower columns only', () => {
    const outer = schema({ a: 'int64', b: 'utf8' });
    expect(liesWithin(schema({ a: 'int16' }), outer)).toBe(true);
    expect(liesWithin(schema({ a: 'float64' }), outer)).toBe(false);
    expect(liesWithin(schema({ c: 'utf8' }), outer)).toBe(false);
  });
});
