// What the writers write: values that are easily mixed up or rounded, keys above 2^53, cursors a microsecond apart.

/** The least key: the first number above 2^53 that a double can't hold. */
export const FIRST_ID = 9007199254740993n;
/** The least value of the cursor `revision`: beyond 2^64. */
export const FIRST_REVISION = 18446744073709551999n;

const NAMES = ['Ada', '', '"', 'a, b', "o'clock", 'two\nlines', 'ü 字', 'NULL', '\\', null];
const AMOUNTS = ['0.10', '-0.01', '9999999999.99', null];

/** The cursor `changed_at` of a tick, as SQL: ticks are microseconds. */
export const CHANGED_AT = (tick) =>
  `timestamptz '2024-02-29 23:59:59.999990+00' + (${tick}) * interval '1 microsecond'`;

/** Draws values by a source of random numbers in [0, 1). */
export function drawing(random) {
  const below = (limit) => Math.floor(random() * limit);
  const pick = (values) => values[below(values.length)];
  return {
    chance: (share) => random() < share,
    below,
    pick,
    name: () => pick(NAMES),
    amount: () => pick(AMOUNTS),
  };
}
