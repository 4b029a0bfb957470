import { seededRandom } from '../crash/sample.js';
import type { Cut, CutKind, Direction, Traffic } from './fault.js';

/** A cut of one connection of a run, by its number. */
export interface CutPoint extends Cut {
  readonly connection: number;
}

const DIRECTIONS: readonly Direction[] = ['to_server', 'to_client'];

/**
 * Draws cuts from what passed in a recorded run: the same ones for the same seed. Each direction of each connection
 * is cut once before any is cut twice, as far as `count` goes, so that short sessions are cut as well as long ones.
 *
 * @param kinds Taken in turn. Default: `reset`, `close`.
 */
export function drawCutPoints(
  traffic: readonly Traffic[],
  { seed, count }: { readonly seed: number; readonly count: number },
  kinds: readonly CutKind[] = ['reset', 'close'],
): readonly CutPoint[] {
  const random = seededRandom(seed);
  const lanes = traffic.flatMap((passed, index) =>
    DIRECTIONS.filter((direction) => passed[direction] > 0).map((direction) => ({
      connection: index + 1,
      direction,
      bytes: passed[direction],
    })),
  );
  if (lanes.length === 0) return [];
  const points: CutPoint[] = [];
  while (points.length < count) {
    const round = lanes.map((lane) => ({ ...lane, rank: random() })).sort((a, b) => a.rank - b.rank);
    for (const { connection, direction, bytes } of round.slice(0, count - points.length)) {
      const kind = kinds[points.length % kinds.length] as CutKind;
      points.push({ connection, direction, afterBytes: Math.floor(random() * bytes), kind });
    }
  }
  return points;
}
