import type { Json, JsonObject } from '@datacook/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Boundary, SqlIncremental, Window } from '../../src/index.js';
import type { Faults, Reading, SourceOptions } from './simulation/memory-source.js';
import type { Row, Write } from './simulation/memory-table.js';
import { type Action, type Outcome, runScript } from './simulation/run-script.js';

const RUNS = { seed: 20240229, numRuns: 200 };
/** A fault needs a story that shows it: the first one ends the search. */
const SEARCH = { seed: 20240229, numRuns: 8000, endOnFailure: true };

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
const change = (...to: ('clock' | 'null' | 'same')[]) =>
  fc.record({ write: fc.constant('update' as const), row, text, to: fc.constantFrom(...to) });
const changeAll = fc.record({ write: fc.constant('update all' as const), text });
const remove = fc.record({ write: fc.constant('delete' as const), row });

const step = fc.constantFrom<Action>('go on', 'commit', 'commit', 'crash');
const script = (...writes: fc.Arbitrary<Write>[]): fc.Arbitrary<Action[]> =>
  fc.array(fc.oneof<fc.Arbitrary<Action>[]>(...writes, step, step, insert), {
    minLength: 10,
    maxLength: 80,
    size: 'max',
  });
const anything = script(
  tick,
  insertNull,
  change('clock'),
  change('clock', 'null', 'same'),
  changeAll,
  remove,
);
const withoutNull = script(tick, change('clock', 'same'), changeAll, remove);
const inserts = script(tick, insert, insertNull);
const insertsWithoutNull = script(tick, insert);
/** Every row has a cursor of its own. */
const unique = (...writes: fc.Arbitrary<Write>[]) =>
  script(...writes).map((actions) =>
    actions.flatMap<Action>((action) =>
      typeof action === 'string' ? [action] : [{ write: 'tick', by: 1 }, action],
    ),
  );

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

/** Only versions that existed, none more often than it did, and the one that each key has now. */
function appendedRight({ table, loaded }: Outcome): boolean {
  const known = tally(table.history, whole);
  const found = tally(loaded, whole);
  for (const [version, count] of found) if (count > (known.get(version) ?? 0)) return false;
  return table.rows.every((one) => found.has(JSON.stringify(whole(one))));
}

/**
 * What is more, that one came last. Not so if a row goes from NULL to a value and back, exactly as it was, while a
 * load is cut off between the two: then its return isn't noticed.
 */
function appendedInOrder(outcome: Outcome): boolean {
  const last = new Map(outcome.loaded.map((one) => [one.key, one]));
  return (
    appendedRight(outcome) &&
    outcome.table.rows.every((one) => JSON.stringify(last.get(one.key)) === JSON.stringify(one))
  );
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
const CASES: readonly Case[] = [
  ['append, by cursor and key', { reading: 'ordered' }, anything, appendedRight],
  ['append, by key ranges', { reading: 'ranges' }, anything, appendedRight],
  ['append, no NULL, by cursor and key', { reading: 'ordered' }, withoutNull, appendedInOrder],
  ['append, no NULL, by key ranges', { reading: 'ranges' }, withoutNull, appendedInOrder],
  ['append, no NULL, watermark', { reading: 'ranges', incremental: WATERMARK }, withoutNull, appendedInOrder],
  [
    'append, no NULL, unique cursor',
    { reading: 'ranges', isUnique: true },
    unique(change('clock'), remove),
    appendedInOrder,
  ],
  [
    'append, little memory',
    { reading: 'ordered', memoryBytes: BYTES_OF_THREE_ROWS },
    withoutNull,
    appendedInOrder,
  ],
  [
    'append, key ranges, little memory',
    { reading: 'ranges', memoryBytes: BYTES_OF_THREE_ROWS },
    withoutNull,
    appendedInOrder,
  ],
  ['append, no key', { reading: 'no key' }, inserts, sameContents],
  [
    'append, no key, little memory',
    { reading: 'no key', memoryBytes: BYTES_OF_THREE_ROWS },
    insertsWithoutNull,
    sameContents,
  ],
  ['append, pieces of a heap', { reading: 'heap' }, inserts, sameContents],
  ['append, a key that the hash lacks', { reading: 'ordered', hashesKey: false }, inserts, sameContents],
  ['append, watermark', { reading: 'ordered', incremental: WATERMARK }, anything, appendedRight],
  [
    'append, unique cursor',
    { reading: 'ordered', isUnique: true },
    unique(insertNull, change('clock', 'null'), remove),
    appendedRight,
  ],
  [
    'merge, watermark',
    { reading: 'ranges', writeMode: 'merge', incremental: WATERMARK },
    anything,
    mergedRight,
  ],
  ['merge, by cursor and key', { reading: 'ordered', writeMode: 'merge' }, anything, mergedRight],
  ['merge, no NULL, by cursor and key', { reading: 'ordered', writeMode: 'merge' }, withoutNull, mergedRight],
  ['merge, by key ranges', { reading: 'ranges', writeMode: 'merge' }, anything, mergedRight],
  [
    'merge, little memory',
    { reading: 'ordered', writeMode: 'merge', memoryBytes: BYTES_OF_THREE_ROWS },
    anything,
    mergedRight,
  ],
];

async function check([, part, actions, isRight]: Case, runs: typeof RUNS, faults: Faults = {}) {
  let resumed = 0;
  const property = fc.asyncProperty(actions, options({ ...part, faults }), async (steps, chosen) => {
    const outcome = await runScript(steps, chosen);
    resumed += outcome.resumed;
    return isRight(outcome) && (chosen.writeMode === 'merge' || outcome.restsQuiet);
  });
  return { details: await fc.check(property, runs), resumed };
}

describe('a serial writer at work, and a reader that dies and goes on', () => {
  test.each(CASES)('%s', async (...one) => {
    const { details, resumed } = await check(one, RUNS);
    if (details.failed) throw new Error(fc.defaultReportMessage(details) as string);
    expect(resumed).toBeGreaterThan(10);
  });
});

type Position = { readonly value?: string; readonly seen?: Boundary; readonly nulls?: Boundary };

const withCounts = (seen: Boundary, count: number): Boundary => ({
  columns: seen.columns,
  rows: Object.fromEntries(Object.keys(seen.rows).map((hash) => [hash, count])),
});

const without = (key: string) => (json: JsonObject) => {
  const { [key]: _gone, ...rest } = json;
  return rest;
};

/** Rows that were skipped are not remembered again. */
function forgetSkipped(next: JsonObject, before: JsonObject | null): Json {
  const { value, seen } = next as Position;
  const old = before as Position | null;
  if (seen === undefined || old === null || value !== old.value) return next;
  const rows = Object.entries(seen.rows)
    .map(([hash, count]) => [hash, count - (old.seen?.rows[hash] ?? 0)] as const)
    .filter(([, count]) => count > 0);
  return { ...next, seen: { ...seen, rows: Object.fromEntries(rows) } };
}

const withoutSeen = ({ seen: _seen, ...window }: Window): Window => window;

describe('the check finds it if', () => {
  test.each<[fault: string, name: string, faults: Faults]>([
    [
      'the lower edge is excluded',
      'append, by cursor and key',
      { window: (window) => ({ ...withoutSeen(window), lowInclusive: false }) },
    ],
    [
      'the upper edge is excluded, and then taken for read',
      'append, by key ranges',
      {
        window: (window) => ({ ...window, highInclusive: false }),
        next: (next) => ({ ...next, inclusive: true }),
      },
    ],
    ['nothing is skipped', 'append, by key ranges', { window: withoutSeen }],
    [
      'what is skipped is a set',
      'append, no key',
      { window: (window) => (window.seen ? { ...window, seen: withCounts(window.seen, 1000) } : window) },
    ],
    [
      'what is remembered is a set',
      'append, no key',
      {
        next: (next) => {
          const { seen } = next as Position;
          return seen ? { ...next, seen: withCounts(seen, 1) } : next;
        },
      },
    ],
    [
      'an edge that stays forgets what was skipped there',
      'append, by cursor and key',
      { next: forgetSkipped },
    ],
    [
      'a position forgets what was remembered',
      'append, by cursor and key',
      { position: without('remembered') },
    ],
    ['a partition forgets what was remembered', 'append, by key ranges', { position: without('remembered') }],
    [
      'a position forgets what was skipped',
      'append, a key that the hash lacks',
      { position: without('skipped') },
    ],
    ['NULL rows are forgotten', 'append, by cursor and key', { next: without('nulls') }],
    ['reading stops within a tie', 'append, no key', { cutsTies: true }],
    [
      'a watermark is included',
      'append, watermark',
      {
        window: (window) => ({ ...window, highInclusive: true }),
        next: (next) => ({ ...next, inclusive: false }),
      },
    ],
    ['the position stays behind', 'append, by key ranges', { next: (_next, before) => before }],
    [
      'a tie that was too large is taken for read',
      'append, little memory',
      { next: (next) => ({ ...next, inclusive: true, seen: { columns: [], rows: {} } }) },
    ],
  ])('%s (%s)', async (_, name, faults) => {
    const { details } = await check(CASES.find(([one]) => one === name)!, SEARCH, faults);
    expect(details.failed).toBe(true);
    // Wrong rows, not an error: that would be noticed by anyone.
    expect(details.errorInstance).toMatchObject({ message: 'Property failed by returning false' });
  });
});
