import { batchFromRows, columnTextReader, typeToString } from '@datacook/toolkit';
import { describe, expect, it } from 'vitest';
import addColumn from '../src/add-column.js';
import { apply, issuesOf, namesOf, ODD_NAMES, oddBatch, open, rows, schemaOf } from './helpers.js';

const TWO = batchFromRows([{ a: 1 }, { a: 2 }]);

/** The type of the new column, and its canonical text in each row. */
async function added(config: object): Promise<unknown[]> {
  const { batch, schema } = await apply(open(addColumn, { name: 'new', ...config }), TWO);
  expect(batch.columns[0]).toBe(TWO.columns[0]);
  expect(namesOf(schema)).toEqual(['a', 'new']);
  const { type } = schema.fields[1]!;
  const read = columnTextReader(type, batch.columns[1]!);
  return [typeToString(type), read(0), read(1)];
}

const both = (type: string, text: string | null) => [type, text, text];

describe('add_column', () => {
  it('takes the type from the value', async () => {
    expect(await added({ value: 'load_orders' })).toEqual(both('utf8', 'load_orders'));
    expect(await added({ value: '' })).toEqual(both('utf8', ''));
    expect(await added({ value: 5 })).toEqual(both('int64', '5'));
    expect(await added({ value: -0.5 })).toEqual(both('float64', '-0.5'));
    expect(await added({ value: -0 })).toEqual(both('float64', '-0'));
    expect(await added({ value: 1e300 })).toEqual(both('float64', '1e+300'));
    expect(await added({ value: false })).toEqual(both('bool', 'false'));
    expect(await added({ value: null })).toEqual(both('utf8', null));
    expect(await added({ value: 9007199254740993n })).toEqual(both('int64', '9007199254740993'));
    expect(await added({ value: 2n ** 63n })).toEqual(both('decimal(38,0)', '9223372036854775808'));
    expect(await added({ value: 10n ** 40n })).toEqual(both('numeric', `1${'0'.repeat(40)}`));
  });

  it('takes another type if told so, and the value must be of it', async () => {
    expect(await added({ value: '2024-02-29', column_type: 'date' })).toEqual(both('date', '2024-02-29'));
    expect(await added({ value: 5, column_type: 'decimal(12,2)' })).toEqual(both('decimal(12,2)', '5.00'));
    expect(await added({ value: 0.1, column_type: 'decimal(12,2)' })).toEqual(both('decimal(12,2)', '0.10'));
    expect(await added({ value: null, column_type: 'list<int64>' })).toEqual(both('list<int64>', null));
    expect(await added({ value: 1, column_type: 'bool' })).toEqual(both('bool', 'true'));
    expect(await added({ value: '[1,2]', column_type: 'list<int8>' })).toEqual(both('list<int8>', '[1,2]'));
    expect(issuesOf(addColumn, { name: 'x', value: 300, column_type: 'int8' })).toEqual([
      'column_type: 300 is no int8.',
    ]);
    expect(issuesOf(addColumn, { name: 'x', value: 'soon', column_type: 'date' })).toEqual([
      'column_type: "soon" is no date.',
    ]);
    expect(issuesOf(addColumn, { name: 'x', value: 'x', column_type: 'itn8' })).toEqual([
      expect.stringContaining('Did you mean int8'),
    ]);
  });

  it('knows the instant and the date of the run', async () => {
    expect(await added({ value: 'now()' })).toEqual(both('timestamptz', '2024-02-29T23:59:59.123000Z'));
    expect(await added({ value: 'today()' })).toEqual(both('date', '2024-02-29'));
    expect(await added({ value: 'now()', column_type: 'timestamp' })).toEqual(
      both('timestamp', '2024-02-29T23:59:59.123000'),
    );
    expect(await added({ value: 'now()', column_type: 'date' })).toEqual(both('date', '2024-02-29'));
    expect(await added({ value: 'today()', column_type: 'utf8' })).toEqual(both('utf8', '2024-02-29'));
    expect(issuesOf(addColumn, { name: 'x', value: 'now()', column_type: 'int64' })).toEqual([
      'column_type: "now()" is no int64.',
    ]);
  });

  it('draws a fresh UUID of version 4 for each row of each batch', async () => {
    const form = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
    const seen = new Set<unknown>();
    for (let draw = 0; draw < 50; draw++) {
      const [type, ...uuids] = await added({
        value: 'uuid()',
        ...(draw % 2 === 0 ? {} : { column_type: 'utf8' }),
      });
      expect(type).toBe(draw % 2 === 0 ? 'uuid' : 'utf8');
      for (const uuid of uuids) {
        expect(uuid).toMatch(form);
        seen.add(uuid);
      }
    }
    expect(seen.size).toBe(100);
  });

  it('takes literal as it is', async () => {
    expect(await added({ literal: 'now()' })).toEqual(both('utf8', 'now()'));
    expect(await added({ literal: '12', column_type: 'int64' })).toEqual(both('int64', '12'));
    expect(issuesOf(addColumn, { name: 'x', literal: 5 })).toEqual([
      'literal: literal takes a text; put it in quotes.',
    ]);
  });

  it('fits batches of every length', async () => {
    const transform = open(addColumn, { name: 'new', value: 'ü' });
    const schema = schemaOf({ a: 'int64' });
    const bound = transform(schema);
    for (const length of [3, 0, 5, 5, 1, 10_000]) {
      const { batch } = await bound.apply(
        batchFromRows(
          Array.from({ length }, () => ({ a: 1 })),
          schema,
        ),
      );
      expect(rows(batch)).toEqual(Array.from({ length }, () => ({ a: 1n, new: 'ü' })));
    }
  });

  it('counts the NULLs of each batch, also after a longer one', async () => {
    const bound = open(addColumn, { name: 'new', value: null })(schemaOf({ a: 'int64' }));
    for (const length of [9, 3]) {
      const { batch } = await bound.apply(
        batchFromRows(Array(length).fill({ a: 1 }), schemaOf({ a: 'int64' })),
      );
      expect(batch.columns[1]!.nullCount).toBe(length);
    }
  });

  it('takes any name, and refuses one that is there', async () => {
    for (const name of ODD_NAMES) {
      const others = ODD_NAMES.filter((one) => one !== name);
      const { schema } = await apply(open(addColumn, { name, value: 1 }), oddBatch(others));
      expect(namesOf(schema)).toEqual([...others, name]);
      expect(() => open(addColumn, { name, value: 1 })(oddBatch().schema)).toThrow(
        expect.objectContaining({
          code: 'SCHEMA',
          message: `add_column: there is a column ${JSON.stringify(name)} already.`,
        }),
      );
    }
  });

  it('refuses a wrong configuration', () => {
    expect(issuesOf(addColumn, { name: 'x' })).toEqual([
      'value: Say what the column holds: value or literal.',
    ]);
    expect(issuesOf(addColumn, { name: 'x', value: 1, literal: 'y' })).toEqual([
      'literal: Say only one of the two: value or literal.',
    ]);
    expect(issuesOf(addColumn, { name: 'x', value: [1] })).toEqual([
      'value: A value is a text, a number, true, false or null.',
    ]);
    expect(issuesOf(addColumn, { name: 'x', value: 'NOW()' })).toEqual([
      expect.stringContaining('"NOW()" is no function; there are now(), today(), uuid().'),
    ]);
    expect(issuesOf(addColumn, { value: 1 })).toEqual([expect.stringMatching(/^name: /)]);
    expect(issuesOf(addColumn, { name: 'x', value: 1, type: 'int8' })).toEqual([
      expect.stringContaining('"type"'),
    ]);
  });
});
