import type { Json } from '@datacook/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Boundary, SqlIncremental, Window } from '../../src/index.js';
import type { Faults, Reading, SourceOptions } from './simulation/memory-source.js';
import type { Row, Write } from './simulation/memory-table.js';
import { type Action, type Outcome, runScript } from './simulation/run-script.js';

const RUNS = { seed: 20240229, numRuns: 1500 };

const CURSOR: SqlIncremental = { strategy: 'cursor', cursor_column: 'cursor', on_null: 'include' };
const WATERMARK: SqlIncremental = {
  strategy: 'watermark',
  cursor_column: 'cursor',
  lag: 0,
  on_null: 'include',
};

// Few texts, so that versions often are equal, and often come back.
const text = fc.constantFrom('a', 'b');
const row = fc.nat(9);
const tick = fc.record({ write: fc.constant('tick' as const), by: fc.integer({ min: 1, max: 2 }) });
const insert = fc.record({ write: fc.constant('insert' as const), text });
const insertNull = fc.record({ write: fc.constant('insert null' as const), text });
const change = fc.record({
  write: fc.constantFrom('update' as const, 'update in place' as const, 'update to null' as const),
  row,
  text,
});
const changeAll = fc.record({ write: fc.constant('update all' as const), text });
const remove = fc.record({ write: fc.constant('delete' as const), row });

const step = fc.constantFrom<Action>('go on', 'commit', 'commit', 'crash');
const script = (...writes: fc.Arbitrary<Write>[]): fc.Arbitrary<Action[]> =>
  fc.array(fc.oneof<fc.Arbitrary<Action>[]>(...writes, step, step, insert), { maxLength: 60 });
const anything = script(tick, insert, insertNull, change, change, changeAll, remove);
const insertsOnly = script(tick, insert, insert, insertNull);

const options = (part: Partial<SourceOptions> & { readonly reading: Reading }): fc.Arbitrary<SourceOptions> =>
  fc.record({ batchRows: fc.integer({ min: 1, max: 4 }) }).map(({ batchRows }) => ({
    incremental: CURSOR,
    writeMode: 'append' as const,
    hashesKey: part.reading === 'ordered' || part.reading === 'ranges',
    faults: {},
    batchRows,
    ...part,
  }));

/** How often each version, or content, occurs. */
function tally(rows: readonly Row[], of: (row: Row) => unknown): Map<string, number> {
  const counts = new Map<string, number>();
  for (const one of rows) {
    const name = JSON.stringify(of(one));
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return counts;
}

const whole = ({ key, cursor, text }: Row) => [key, cursor, text];
const content = ({ cursor, text }: Row) => [cursor, text];

/** Only versions that existed, none more often than it did, and last of all the one that each key has. */
function appendedRight({ table, loaded }: Outcome): boolean {
  const known = tally(table.history, whole);
  for (const [version, count] of tally(loaded, whole)) if (count > (known.get(version) ?? 0)) return false;
  const last = new Map(loaded.map((one) => [one.key, one]));
  return table.rows.every((one) => {
    const found = last.get(one.key);
    return found !== undefined && JSON.stringify(whole(found)) === JSON.stringify(whole(one));
  });
}

/** As many of each content as there are: for rows that are only ever added. */
function sameContents({ table, loaded }: Outcome): boolean {
  const expected = tally(table.rows, content);
  const found = tally(loaded, content);
  return found.size === expected.size && [...expected].every(([one, count]) => found.get(one) === count);
}

/** The last version of each key is the table's, which is all that a merge keeps. */
function mergedRight({ table, loaded }: Outcome): boolean {
  const merged = new Map(loaded.map((one) => [one.key, one]));
  return table.rows.every((one) => JSON.stringify(merged.get(one.key)) === JSON.stringify(one));
}

type Case = readonly [
  name: string,
  options: Partial<SourceOptions> & { readonly reading: Reading },
  script: fc.Arbitrary<Action[]>,
  isRight: (outcome: Outcome) => boolean,
];

const BYTES_OF_THREE_ROWS = 3 * 38;
const noNulls = script(tick, insert, change, changeAll, remove).map((actions) =>
  actions.filter((action) => typeof action === 'string' || action.write !== 'update to null'),
);
const insertsWithoutNulls = script(tick, insert, insert);

const CASES: readonly Case[] = [
  ['append, by cursor and key', { reading: 'ordered' }, anything, appendedRight],
  ['append, by key ranges', { reading: 'ranges' }, anything, appendedRight],
  ['append, little memory', { reading: 'ordered', memoryBytes: BYTES_OF_THREE_ROWS }, noNulls, appendedRight],
  [
    'append, key ranges, little memory',
    { reading: 'ranges', memoryBytes: BYTES_OF_THREE_ROWS },
    noNulls,
    appendedRight,
  ],
  ['append, no key', { reading: 'no key' }, insertsOnly, sameContents],
  [
    'append, no key, little memory',
    { reading: 'no key', memoryBytes: BYTES_OF_THREE_ROWS },
    insertsWithoutNulls,
    sameContents,
  ],
  ['append, pieces of a heap', { reading: 'heap' }, insertsOnly, sameContents],
  ['append, a key that the hash lacks', { reading: 'ordered', hashesKey: false }, insertsOnly, sameContents],
  ['append, watermark', { reading: 'ordered', incremental: WATERMARK }, anything, () => true],
  ['merge, by cursor and key', { reading: 'ordered', writeMode: 'merge' }, anything, mergedRight],
  ['merge, by key ranges', { reading: 'ranges', writeMode: 'merge' }, anything, mergedRight],
  [
    'merge, little memory',
    { reading: 'ordered', writeMode: 'merge', memoryBytes: BYTES_OF_THREE_ROWS },
    anything,
    mergedRight,
  ],
];

function check([, part, actions, isRight]: Case, faults: Faults = {}) {
  let resumed = 0;
  const property = fc.asyncProperty(actions, options({ ...part, faults }), async (steps, chosen) => {
    const outcome = await runScript(steps, chosen);
    resumed += outcome.resumed;
    return isRight(outcome);
  });
  return fc.check(property, RUNS).then((details) => ({ details, resumed }));
}

describe('a serial writer at work, a reader that dies and goes on', () => {
  test.each(CASES)('%s', async (...one) => {
    const { details, resumed } = await check(one);
    if (details.failed) throw new Error(fc.defaultReportMessage(details) as string);
    console.log(one[0], resumed);
  });
});
