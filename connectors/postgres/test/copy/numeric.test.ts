import { DatacookError } from '@datacook/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readQuery, textQuery, useDatabase } from './support.js';

const db = useDatabase();
const SEED = 20261124;

const digits = (least: number, most: number) =>
  fc
    .array(fc.constantFrom(...'0123456789'), { minLength: least, maxLength: most })
    .map((all) => all.join(''));

/** Decimal texts whose digits of base 10000 lie in all ways: short, long, with zeros at either end, tiny, huge. */
const numericText = fc
  .tuple(
    fc.constantFrom('', '-'),
    fc.oneof(digits(1, 5), digits(1, 45), fc.constantFrom('0', '10000', '99999999', '1000000000000')),
    fc.oneof(fc.constant(''), digits(1, 5), digits(1, 45), fc.constantFrom('0000', '00000001', '9999', '10')),
    fc.oneof(
      { weight: 6, arbitrary: fc.constant(0) },
      { weight: 1, arbitrary: fc.integer({ min: -60, max: 60 }) },
    ),
  )
  .map(
    ([sign, whole, fraction, exponent]) =>
      `${sign}${whole}${fraction === '' ? '' : `.${fraction}`}${exponent === 0 ? '' : `e${exponent}`}`,
  );

test('numerics of any size are read as the text that the server writes', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(numericText, { minLength: 500, maxLength: 500 }), async (values) => {
      const sql = `select v, v::text as t from unnest('{${values.join(',')}}'::numeric[]) with ordinality as q (v, at) order by at`;
      const { texts } = await readQuery(db.client, sql);
      expect(texts[0]).toEqual(texts[1]);
    }),
    { seed: SEED, numRuns: 20 },
  );
});

const decimal = fc
  .oneof(fc.integer({ min: 1, max: 18 }), fc.integer({ min: 14, max: 40 }), fc.integer({ min: 1, max: 60 }))
  .chain((precision) => fc.tuple(fc.constant(precision), fc.integer({ min: 0, max: precision })));

test('a decimal column holds what fits it, as the server rounds nothing away, and refuses the rest', async () => {
  let fitting = 0;
  let refused = 0;
  await fc.assert(
    fc.asyncProperty(
      decimal,
      fc.array(numericText, { minLength: 150, maxLength: 150 }),
      async ([precision, scale], texts) => {
        const type = `decimal(${precision},${scale})`;
        const near = texts.map((text, index) =>
          index % 3 === 0 ? `(${text})` : `trunc((${text}) % (10::numeric ^ ${precision - scale}), ${scale})`,
        );
        const rows = await textQuery(db.client)(
          `select v::text, (case when fits then v::numeric(${precision},${scale}) end)::text
         from unnest(array[${near.map((text) => `${text}::numeric`).join(',')}]) as v,
           lateral (select trunc(v, ${scale}) = v and abs(v) < 10::numeric ^ ${precision - scale} as fits) q`,
        );
        const fit = rows.filter(([, rounded]) => rounded !== null);
        const rest = rows.filter(([, rounded]) => rounded === null);
        fitting += fit.length;
        refused += rest.length;
        const sql = (all: readonly (readonly (string | null)[])[]) =>
          `select v from unnest('{${all.map(([text]) => text).join(',')}}'::numeric[]) with ordinality as q (v, at) order by at`;
        const read = await readQuery(db.client, sql(fit), { v: type });
        expect(read.texts[0] ?? []).toEqual(fit.map(([, rounded]) => rounded));
        for (const row of rest.slice(0, 3)) {
          const error = await readQuery(db.client, sql([row]), { v: type }).catch(
            (thrown: unknown) => thrown,
          );
          expect(error).toBeInstanceOf(DatacookError);
          expect((error as DatacookError).message).toContain(`, which ${type} cannot hold exactly.`);
        }
      },
    ),
    { seed: SEED, numRuns: 60 },
  );
  expect(fitting).toBeGreaterThan(4000);
  expect(refused).toBeGreaterThan(1000);
});
