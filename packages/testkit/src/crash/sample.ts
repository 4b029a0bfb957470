/** Which boundaries to kill at: a seeded sample of them. */
export interface Sample {
  readonly seed: number;
  readonly count: number;
}

/** Which boundaries are meant: all, a sample, those of these numbers, from 1, or those chosen from the trace. */
export type Boundaries =
  | 'all'
  | Sample
  | readonly number[]
  | ((trace: readonly string[]) => readonly number[]);

/** A seeded sample. Every label is in it once before any is in it twice, as far as `count` goes. */
export function sample(seed: number, count: number): Sample {
  return { seed, count };
}

/** A number in [0, 1) with each call, the same ones for the same seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The numbers, from 1 and in order, of the chosen boundaries of a trace. */
export function chooseBoundaries(trace: readonly string[], { seed, count }: Sample): readonly number[] {
  const random = seededRandom(seed);
  const drawn = trace
    .map((label, index) => ({ label, number: index + 1, rank: random() }))
    .sort((a, b) => a.rank - b.rank);
  const rounds = new Map<string, number>();
  const ranked = drawn.map((boundary) => {
    const round = rounds.get(boundary.label) ?? 0;
    rounds.set(boundary.label, round + 1);
    return { ...boundary, round };
  });
  ranked.sort((a, b) => a.round - b.round);
  return ranked
    .slice(0, count)
    .map(({ number }) => number)
    .sort((a, b) => a - b);
}

/** The numbers, from 1, of the boundaries that are meant. */
export function pointsOf(boundaries: Boundaries, trace: readonly string[]): readonly number[] {
  if (boundaries === 'all') return trace.map((_, index) => index + 1);
  if (typeof boundaries === 'function') return boundaries(trace);
  if ('seed' in boundaries) return chooseBoundaries(trace, boundaries);
  return boundaries;
}

/**
 * Where in a recovery of `length` boundaries the second kill falls, for the first one at `killAt`: spread evenly over
 * the matrix, and the same whenever that kill is repeated.
 */
export function secondKill(seed: number, killAt: number, length: number): number {
  const golden = 0.6180339887498949;
  const fraction = (seededRandom(seed)() + killAt * golden) % 1;
  return 1 + Math.floor(fraction * length);
}
