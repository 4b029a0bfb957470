import { isDatacookError, type Source } from '@datacook/core';
import type { StreamRun } from './attempt.js';
import type { Committer } from './committer.js';
import { Lane } from './lane.js';
import type { Load } from './load.js';
import type { Merging } from './merge-columns.js';
import { TransformChain } from './transforms.js';

/** Reads and writes what is left of a load, in as many lanes as it allows. Throws what ended one of them. */
export async function runLanes(
  run: StreamRun,
  source: Source,
  load: Load,
  { committer, merging }: { readonly committer: Committer; readonly merging: Merging },
): Promise<void> {
  const { recipe, plugins } = run;
  const pending = [...load.pending()];
  const { lanes, concurrency } = spread(load, pending.length, run, merging);
  const checkpoint = { ...plugins.destination.checkpoint, ...recipe.runtime.checkpoint };
  const progress = { rows: run.tally.rows.written, bytes: run.tally.bytes };
  let open = lanes;
  const failures: unknown[] = [];
  const failed = new AbortController();
  const parts = {
    stream: recipe.source.stream,
    source,
    load,
    committer,
    checkpoint,
    stop: run.stop,
    tally: run.tally,
    emit: run.emit,
    take: () => pending.shift(),
    concurrency,
    isLast: () => {
      open -= 1;
      return open === 0;
    },
    progress,
    failed: failed.signal,
    warn: run.warn,
  };
  await Promise.all(
    Array.from({ length: lanes }, () =>
      new Lane({ ...parts, chain: new TransformChain(plugins.steps) }).run().catch((error: unknown) => {
        failures.push(error);
        failed.abort(error);
      }),
    ),
  );
  run.tally.load = run.tally.load && { ...run.tally.load, rows: load.rows };
  if (failures.length === 0) return;
  // A conflict explains the others, which only met its consequences.
  throw failures.find((error) => isDatacookError(error) && error.code === 'CONFLICT') ?? failures[0];
}

// How many partitions are written, and how many more are read, at once.
function spread(load: Load, pending: number, { recipe, plugins }: StreamRun, { isForeign }: Merging) {
  const { restart, keysDisjoint, concurrency = 1 } = load.plan;
  const inOrder = load.mode === 'merge' && (!keysDisjoint || isForeign === true);
  const readers = inOrder ? 1 : recipe.runtime.parallelism;
  const wanted = restart === 'never' ? 1 : Math.min(readers, plugins.destination.maxWriters ?? 1);
  const lanes = Math.max(1, Math.min(wanted, pending));
  // Between two ends of partitions there is no position to commit at: several would hardly ever end together.
  const most = restart === 'partition' ? lanes : Math.min(readers, concurrency);
  return { lanes, concurrency: Math.max(1, Math.floor(most / lanes)) };
}
