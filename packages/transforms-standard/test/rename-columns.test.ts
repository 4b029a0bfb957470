import { batchFromRows } from '@datacook/toolkit';
import { describe, expect, it } from 'vitest';
import renameColumns from '../src/rename-columns.js';
import { apply, issuesOf, namesOf, ODD_NAMES, oddBatch, open, rows, schemaOf } from './helpers.js';

const rename = (mapping: Record<string, string>) => open(renameColumns, { mapping });

describe('rename_columns', () => {
  it('gives columns other names, and touches no data', async () => {
    const batch = batchFromRows([
      { a: 1, b: 'x' },
      { a: null, b: null },
    ]);
    const { batch: out } = await apply(rename({ a: 'id' }), batch);
    expect(rows(out)).toEqual([
      { id: 1n, b: 'x' },
      { id: null, b: null },
    ]);
    expect(out.columns).toBe(batch.columns);
  });

  it('swaps two columns', async () => {
    const { batch } = await apply(rename({ a: 'b', b: 'a' }), batchFromRows([{ a: 1, b: 2 }]));
    expect(rows(batch)).toEqual([{ b: 1n, a: 2n }]);
  });

  it('takes any name, old and new', async () => {
    for (const name of ODD_NAMES) {
      const { schema } = await apply(rename({ [name]: 'plain' }), oddBatch());
      expect(namesOf(schema)).toEqual(ODD_NAMES.map((one) => (one === name ? 'plain' : one)));
      const { schema: back } = await apply(rename({ plain: name }), oddBatch(['plain']));
      expect(namesOf(back)).toEqual([name]);
    }
  });

  it('takes an empty batch, and keeps the primary key under its new name', async () => {
    const schema = { ...schemaOf({ a: 'int64', b: 'utf8' }), primaryKey: ['b'] };
    const { batch, schema: out } = await apply(rename({ b: 'key' }), batchFromRows([], schema));
    expect(batch.length).toBe(0);
    expect(out.primaryKey).toEqual(['key']);
  });

  it('refuses a column that is not there, with near misses', () => {
    expect(() => rename({ custmer: 'c' })(schemaOf({ customer: 'utf8', total: 'int64' }))).toThrow(
      expect.objectContaining({
        code: 'SCHEMA',
        message: 'rename_columns: there is no column "custmer".',
        hint: 'Did you mean "customer"?',
      }),
    );
    expect(() => rename({ zzz: 'c' })(schemaOf({ a: 'utf8', b: 'int64' }))).toThrow(
      expect.objectContaining({ hint: 'The columns here are: "a", "b".' }),
    );
  });

  it('refuses names that clash, with a column that stays or with one that is renamed', () => {
    const clash = expect.objectContaining({
      code: 'SCHEMA',
      message: expect.stringContaining('would both be called "b"'),
    });
    expect(() => rename({ a: 'b' })(schemaOf({ a: 'utf8', b: 'utf8' }))).toThrow(clash);
    expect(() => rename({ a: 'b', c: 'b' })(schemaOf({ a: 'utf8', c: 'utf8' }))).toThrow(clash);
  });

  it('refuses a wrong configuration', () => {
    expect(issuesOf(renameColumns, {})).toEqual([expect.stringMatching(/^mapping: /)]);
    expect(issuesOf(renameColumns, { mapping: {} })).toEqual(['mapping: Name at least one column.']);
    expect(issuesOf(renameColumns, { mapping: { a: 1 } })).toEqual([
      expect.stringMatching(/^mapping\.a: .*string/),
    ]);
    expect(issuesOf(renameColumns, { mapping: { a: 'b' }, columns: [] })).toEqual([
      expect.stringContaining('"columns"'),
    ]);
  });
});
