import { batchFromRows } from '@datacook/toolkit';
import { describe, expect, it } from 'vitest';
import dropColumns from '../src/drop-columns.js';
import selectColumns from '../src/select-columns.js';
import { apply, issuesOf, namesOf, ODD_NAMES, oddBatch, open, rows, schemaOf } from './helpers.js';

describe('drop_columns', () => {
  it('leaves columns out, and hands the others on as they are', async () => {
    const batch = batchFromRows([{ a: 1, b: 'x', c: null }]);
    const { batch: out } = await apply(open(dropColumns, { columns: ['b'] }), batch);
    expect(rows(out)).toEqual([{ a: 1n, c: null }]);
    expect(out.columns).toEqual([batch.columns[0], batch.columns[2]]);
    expect(out.columns[1]).toBe(batch.columns[2]);
  });

  it('takes any name, and an empty batch', async () => {
    for (const name of ODD_NAMES) {
      const { schema } = await apply(open(dropColumns, { columns: [name] }), oddBatch());
      expect(namesOf(schema)).toEqual(ODD_NAMES.filter((one) => one !== name));
    }
    const { batch } = await apply(
      open(dropColumns, { columns: ['a'] }),
      batchFromRows([], schemaOf({ a: 'utf8', b: 'utf8' })),
    );
    expect(batch.length).toBe(0);
  });

  it('refuses a column that is not there, unless told otherwise', async () => {
    const schema = schemaOf({ name: 'utf8', b: 'utf8' });
    expect(() => open(dropColumns, { columns: ['nane'] })(schema)).toThrow(
      expect.objectContaining({ code: 'SCHEMA', hint: 'Did you mean "name"?' }),
    );
    const { schema: out } = await apply(
      open(dropColumns, { columns: ['nane', 'b'], if_exists: true }),
      batchFromRows([], schema),
    );
    expect(namesOf(out)).toEqual(['name']);
  });

  it('refuses to leave nothing', () => {
    expect(() => open(dropColumns, { columns: ['a'] })(schemaOf({ a: 'utf8' }))).toThrow(
      'drop_columns: no column would be left.',
    );
  });

  it('forgets a primary key that it broke, and keeps one that it did not', async () => {
    const schema = { ...schemaOf({ a: 'utf8', b: 'utf8', c: 'utf8' }), primaryKey: ['a', 'b'] };
    const batch = batchFromRows([], schema);
    expect((await apply(open(dropColumns, { columns: ['b'] }), batch)).schema).not.toHaveProperty(
      'primaryKey',
    );
    expect((await apply(open(dropColumns, { columns: ['c'] }), batch)).schema.primaryKey).toEqual(['a', 'b']);
  });

  it('refuses a wrong configuration', () => {
    expect(issuesOf(dropColumns, { columns: [] })).toEqual(['columns: Name at least one column.']);
    expect(issuesOf(dropColumns, { columns: ['a', 'b', 'a'] })).toEqual([
      'columns.2: The column "a" is named twice.',
    ]);
    expect(issuesOf(dropColumns, { columns: 'a' })).toEqual([expect.stringMatching(/^columns: .*array/)]);
    expect(issuesOf(dropColumns, { columns: ['a'], if_exist: true })).toEqual([
      expect.stringContaining('"if_exist"'),
    ]);
  });
});

describe('select_columns', () => {
  it('keeps the named columns in that order, as they are', async () => {
    const batch = batchFromRows([{ a: 1, b: 'x', c: null }]);
    const { batch: out } = await apply(open(selectColumns, { columns: ['c', 'a'] }), batch);
    expect(namesOf(out.schema)).toEqual(['c', 'a']);
    expect(out.columns[0]).toBe(batch.columns[2]);
    expect(out.columns[1]).toBe(batch.columns[0]);
    expect(rows(out)).toEqual([{ c: null, a: 1n }]);
  });

  it('takes any name', async () => {
    const { schema } = await apply(open(selectColumns, { columns: ODD_NAMES.toReversed() }), oddBatch());
    expect(namesOf(schema)).toEqual(ODD_NAMES.toReversed());
  });

  it('refuses a column that is not there, and a wrong configuration', () => {
    expect(() => open(selectColumns, { columns: ['B'] })(schemaOf({ b: 'utf8' }))).toThrow(
      expect.objectContaining({ code: 'SCHEMA', hint: 'Did you mean "b"?' }),
    );
    expect(issuesOf(selectColumns, { columns: [] })).toEqual(['columns: Name at least one column.']);
    expect(issuesOf(selectColumns, { columns: ['a', 'a'] })).toEqual([
      'columns.1: The column "a" is named twice.',
    ]);
  });
});
