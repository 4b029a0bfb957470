import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { decode, failure, rowsOfBatch, schemaOf } from './helpers.js';

describe('types', () => {
  it('are inferred from the first rows', async () => {
    const text = [
      'id,amount,day,at,ok,zip,big,none',
      '9007199254740993,0.1,2024-02-29,2024-01-01T00:00:00.000001,true,00123,18446744073709551616,',
      '-1,12.50,1900-01-01,2024-01-01 23:59:59.999999,false,99,1,',
    ].join('\n');
    const { schema, rows } = await decode(text);
    expect(schema).toEqual(
      schemaOf({
        id: 'int64',
        amount: 'float64',
        day: 'date',
        at: 'timestamp',
        ok: 'bool',
        zip: 'utf8',
        big: 'decimal(38,0)',
        none: 'utf8',
      }),
    );
    expect(rows[0]).toEqual([
      '9007199254740993',
      '0.1',
      '2024-02-29',
      '2024-01-01T00:00:00.000001',
      'true',
      '00123',
      '18446744073709551616',
      null,
    ]);
  });

  it('are those that are declared, before any inference', async () => {
    const { schema } = await decode('a,b\n1,2\n', { types: { a: 'utf8', b: 'decimal(12,2)' } });
    expect(schema).toEqual(schemaOf({ a: 'utf8', b: 'decimal(12,2)' }));
  });

  it('refuses a declaration for a column that is not there', async () => {
    expect(await failure(decode('amount,b\n1,2\n', { types: { amuont: 'utf8' } }))).toMatchObject({
      code: 'SCHEMA',
      hint: 'Is "amount" meant?',
      column: 'amuont',
    });
  });

  it('names column, type, value and line of a value that does not fit, whether inferred or declared', async () => {
    const good = '1,x\n'.repeat(70_000);
    expect(await failure(decode(`id,b\n${good}oops,x\n`))).toEqual({
      code: 'DATA',
      message: `Column "id" is int64 (inferred from the first rows), which can't hold "oops".`,
      hint: 'Declare `types: { id: utf8 }` in `format`. Or correct the line; if the file was loaded in part by then, everything must be loaded anew with --full-refresh.',
      column: 'id',
      type: 'int64',
      value: 'oops',
      line: 70_002,
    });
    const long = 'y'.repeat(500);
    const found = await failure(
      decode(`a b\n${long}\n`, { types: { 'a b': 'int8' } }, { schema: schemaOf({ 'a b': 'int8' }) }),
    );
    expect(found).toMatchObject({ line: 2, value: `${'y'.repeat(100)}…`, type: 'int8' });
    expect(found.hint).toContain('types: { "a b": utf8 }');
  });

  it('advises the type that the value needs, so that a table can follow', async () => {
    const hint = async (type: string, value: string) =>
      (await failure(decode(`a\n${value}\n`, {}, { schema: schemaOf({ a: type }) }))).hint;
    expect(await hint('int64', '99999999999999999999')).toContain('types: { a: decimal(38,0) }');
    expect(await hint('int8', '300')).toContain('types: { a: int64 }');
    expect(await hint('int64', '0.5')).toContain('types: { a: utf8 }');
    expect(await hint('numeric', 'hello')).toContain('types: { a: utf8 }');
  });

  it('refuses a number beyond the range of doubles where it stands, unless its type is declared', async () => {
    for (const wrong of ['1e400', '-1E+309', '1e-400', '9'.repeat(400)]) {
      const text = `a\n1.5\n\n${wrong}\n0.1\n`;
      const wanted = {
        code: 'DATA',
        message: expect.stringContaining('float64') as string,
        hint: expect.stringContaining('types: { a: utf8 }') as string,
        column: 'a',
        line: 4,
      };
      expect(await failure(decode(text)), wrong).toMatchObject(wanted);
      expect(await failure(decode(text, { sample_rows: 1 })), wrong).toMatchObject(wanted);
      for (const type of ['float64', 'numeric']) {
        const schema = schemaOf({ a: type });
        expect(await failure(decode(text, {}, { schema })), wrong).toMatchObject(wanted);
      }
      expect((await decode(text, { types: { a: 'numeric' } })).rows).toHaveLength(4);
      expect((await decode(text, { types: { a: 'utf8' } })).rows[2]).toEqual([wrong]);
    }
    const edge = 'a\n0.12345678901234567890\n0e999\n1.7976931348623157e308\n1e-310\n';
    expect((await decode(edge)).schema).toEqual(schemaOf({ a: 'numeric' }));
  });

  it('loses no digit of a number unless a float is declared', async () => {
    for (const wrong of ['9007199254740993', '0.1234567890123456789', '1.23456789e-320', '1e400']) {
      const text = `a\n1.5\n1e5\n0.1\n12345678901234567000\n1.7976931348623157e308\n${wrong}\n`;
      const given = await failure(decode(text, {}, { schema: schemaOf({ a: 'float64' }) }));
      expect(given, wrong).toMatchObject({ code: 'DATA', line: 7, value: wrong });
      expect(await failure(decode(text, { sample_rows: 5 }))).toMatchObject({ line: 7 });
      if (wrong === '1e400') continue;
      expect((await decode(text, {})).rows.at(-1), wrong).toEqual(
        (await decode(text, { types: { a: 'numeric' } })).rows.at(-1),
      );
    }
    const { rows } = await decode('a\n0.1234567890123456789\n', { types: { a: 'float64' } });
    expect(rows).toEqual([['0.12345678901234568']]);
  });

  it('looks at no more rows than `sample_rows`', async () => {
    expect(await failure(decode('a\n1\n2\nx\n', { sample_rows: 2 }))).toMatchObject({
      code: 'DATA',
      line: 4,
    });
    expect((await decode('a\n1\n2\nx\n', { sample_rows: 3 })).schema).toEqual(schemaOf({ a: 'utf8' }));
  });
});

describe('a schema that is given', () => {
  const schema = schemaOf({ a: 'int64', b: 'utf8' });

  it('is matched by name, and is the very object of each batch', async () => {
    const { rows, batches } = await decode('b,a\nx,1\ny,2\n', {}, { schema, batchRows: 1 });
    expect(rows).toEqual([
      ['1', 'x'],
      ['2', 'y'],
    ]);
    for (const batch of batches) expect(batch.schema).toBe(schema);
  });

  it('makes NULL of a column that the file lacks, if that may be NULL', async () => {
    expect((await decode('b\nx\n', {}, { schema })).rows).toEqual([[null, 'x']]);
    const strict = { fields: schema.fields.map((field) => ({ ...field, nullable: false })) };
    expect(await failure(decode('b\nx\n', {}, { schema: strict }))).toMatchObject({
      code: 'SCHEMA',
      columns: ['a'],
    });
    expect(await failure(decode('a,b\n,x\n', {}, { schema: strict }))).toMatchObject({
      code: 'DATA',
      column: 'a',
      line: 2,
    });
  });

  it('refuses a column that it lacks', async () => {
    expect(await failure(decode('a,b,c,d\n', {}, { schema }))).toMatchObject({
      code: 'SCHEMA',
      message: 'The file has the columns "c", "d" that the schema lacks.',
      columns: ['c', 'd'],
    });
  });

  it('serves files without a header', async () => {
    const { rows } = await decode('1,x\n', { header: false, columns: ['a', 'b'] }, { schema });
    expect(rows).toEqual([['1', 'x']]);
  });
});

describe('the header', () => {
  it('must have names, each once', async () => {
    expect(await failure(decode('a,b,a\n1,2,3\n'))).toMatchObject({
      code: 'SCHEMA',
      column: 'a',
      field: 3,
      line: 1,
    });
    expect(await failure(decode('a,\n1,2\n'))).toMatchObject({ code: 'SCHEMA', field: 2, line: 1 });
  });

  it('may be replaced by `columns`, of the same number', async () => {
    const { schema } = await decode('a,,a\n1,2,3\n', { columns: ['x', 'y', 'z'] });
    expect(schema?.fields.map(({ name }) => name)).toEqual(['x', 'y', 'z']);
    expect(await failure(decode('a,b\n', { columns: ['x'] }))).toMatchObject({
      code: 'DATA',
      expected: 1,
      found: 2,
    });
  });

  it('is made up where there is none', async () => {
    const { schema } = await decode('1,2\n', { header: false });
    expect(schema?.fields.map(({ name }) => name)).toEqual(['column1', 'column2']);
  });

  it('may have any characters in its names', async () => {
    const { schema } = await decode('"a ""b"", c","\nü",🙂,1,__proto__\n1,2,3,4,5\n');
    expect(schema?.fields.map(({ name }) => name)).toEqual(['a "b", c', '\nü', '🙂', '1', '__proto__']);
  });
});

describe('batches', () => {
  const rows = 257;
  const text = `id,text\n${Array.from({ length: rows }, (_, row) => `${row},${'x'.repeat(row % 50)}`).join('\n')}\n`;

  it('have at most `batchRows` rows, also in the sample', async () => {
    for (const sample_rows of [10, 20_000]) {
      const { batches } = await decode(text, { sample_rows }, { batchRows: 10 });
      expect(Math.max(...batches.map(({ length }) => length))).toBe(10);
      expect(batches.flatMap(rowsOfBatch)).toHaveLength(rows);
    }
  });

  it('have about `batchBytes` bytes, and a greater value still travels', async () => {
    const big = `id,text\n${'1,y\n'.repeat(3)}2,${'z'.repeat(5000)}\n${'1,y\n'.repeat(3)}`;
    for (const sample_rows of [1, 20_000]) {
      const { batches } = await decode(big, { sample_rows }, { batchBytes: 1000 });
      expect(batches.flatMap(rowsOfBatch)).toHaveLength(7);
      expect(batches.length).toBeGreaterThan(1);
      expect(batches.length).toBeLessThan(5);
    }
  });

  it('leave out the first rows, and keep the types that these have a say in', async () => {
    const all = await decode('a\nx\n1\n2\n');
    for (let skipRows = 0; skipRows <= 4; skipRows++) {
      for (const sample_rows of [1, 2, 100]) {
        const rest = await decode('a\nx\n1\n2\n', { sample_rows }, { skipRows, batchRows: 1 });
        expect(rest.rows).toEqual(all.rows.slice(skipRows));
        expect(rest.schema).toEqual(all.schema);
      }
    }
  });

  it('still check the form of rows that are left out', async () => {
    expect(
      await failure(
        decode('a,b\n1\n2,3\n', {}, { skipRows: 2, schema: schemaOf({ a: 'int64', b: 'int64' }) }),
      ),
    ).toMatchObject({ line: 2 });
  });

  it('come out before the rest of the bytes is asked for', async () => {
    let asked = 0;
    async function* endless() {
      yield Buffer.from('a\n');
      for (;;) {
        asked++;
        yield Buffer.from('1\n'.repeat(100));
      }
    }
    const { createCsvFormat } = await import('../src/csv-format.js');
    const decoding = createCsvFormat({ sample_rows: 1 })
      .decode(endless(), { batchRows: 100 })
      [Symbol.asyncIterator]();
    for (let count = 0; count < 10; count++) await decoding.next();
    expect(asked).toBeLessThan(12);
    await decoding.return?.();
  });
});

describe('csv-parse', () => {
  it('is the version whose insides are relied on', () => {
    const { version } = JSON.parse(
      readFileSync(new URL('../node_modules/csv-parse/package.json', import.meta.url), 'utf8'),
    ) as { version: string };
    expect(version).toBe('7.0.3');
  });
});
