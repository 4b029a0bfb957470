import {
  DatacookError,
  type Destination,
  type Json,
  type ReadRequest,
  type ResolvedRecipe,
  type Schema,
  type Source,
  type Target,
  toDatacookError,
  type WriteMode,
} from '@datacook/core';
import { parseType, sha256 } from '@datacook/toolkit';
import type { BackfillRange } from './backfill.js';
import { closeQuietly } from './closing.js';
import { Committer, type Doubt, SchemaChanged } from './committer.js';
import type { Emit } from './events.js';
import { loadToGoOn, type Wish } from './going-on.js';
import { checkDemand, deliveryOf, guaranteeOf } from './guarantee.js';
import { type HeadState, parseHeadState } from './head-state.js';
import { canonical, type Identity } from './identity.js';
import type { Lease } from './lease.js';
import { Load } from './load.js';
import { type Merging, mergeBy } from './merge-columns.js';
import type { Mirror } from './mirror.js';
import type { OpenedPlugins } from './plugins.js';
import { reconcile } from './reconcile.js';
import { runLanes } from './run-lanes.js';
import { fitTable, knownTable } from './schema-policy.js';
import type { SerialQueue } from './serial-queue.js';
import type { Stop } from './stop.js';
import { emptySchema } from './stream-schema.js';
import type { Tally } from './tally.js';

/** What the attempts of one run share. */
export interface StreamRun {
  readonly recipe: ResolvedRecipe;
  readonly plugins: OpenedPlugins;
  readonly runId: string;
  readonly key: string;
  readonly identity: Identity;
  readonly fullRefresh: boolean;
  /** A backfill. */
  readonly range?: BackfillRange;
  readonly queue: SerialQueue;
  readonly lease: Lease;
  readonly mirror: Mirror;
  readonly mirrored: HeadState | undefined;
  readonly stop: Stop;
  readonly tally: Tally;
  readonly emit: Emit;
  readonly warn: (text: string) => void;
  /** Set by an attempt for the next one. */
  ownLoad?: string;
  doubt?: Doubt;
  /** The columns that the stream was found to have, where an attempt ended because they didn't fit. */
  wanted?: SchemaChanged;
  /** The source can't go on from where it was: the next attempt plans the load anew. */
  stale?: DatacookError;
}

/** What the source is asked to plan. */
export function readRequest(
  recipe: ResolvedRecipe,
  position: ReadRequest['position'],
  range: BackfillRange | undefined,
): ReadRequest {
  const { source, runtime, destination } = recipe;
  return {
    stream: source.stream,
    ...(position === undefined || range ? {} : { position }),
    ...(source.columns === undefined ? {} : { columns: source.columns }),
    ...(source.incremental === undefined ? {} : { incremental: source.incremental }),
    ...(range === undefined ? {} : { range }),
    parallelism: runtime.parallelism,
    batchRows: runtime.batchSize,
    batchBytes: runtime.batchBytes,
    writeMode: destination.writeMode,
  };
}

/**
 * One attempt at a stream, by the algorithm of the guarantees: claim, renew, reconcile, plan or resume, prepare,
 * read, write, commit. Throws what ended it; the run decides whether there is another.
 */
export async function attemptStream(run: StreamRun): Promise<void> {
  const { recipe, plugins, key, stop, queue } = run;
  const { table } = recipe.destination;
  let version: number | undefined;
  let committer: Committer | undefined;
  const destination = await openOrAbort(stop, plugins.openDestination());
  try {
    const head = await stop.orAbort(queue.run(() => destination.claim({ key, table }, run.runId)));
    version = head.version;
    await run.lease.renew(stop.signal);
    stop.throwIfStopping();

    const { state, notice } = reconcile({
      ...run,
      ...wishOf(run),
      table,
      head,
      shared: recipe.destination.shared,
      keepsHead: plugins.destination.modes?.[recipe.destination.writeMode] !== 'at_least_once',
    });
    if (notice && !run.ownLoad) run.warn(notice);
    settleDoubt(run, state);
    const isDone = isDoneAlready(run, state);
    if (isDone) {
      const mirror = () => run.lease.whileHeld(() => run.mirror.save(head.version, state), stop.signal);
      await orWarn(run, queue.run(mirror), () => true);
    }

    const source = await openOrAbort(stop, plugins.openSource());
    try {
      if (!isDone) {
        const load = await beginOrResume(run, source, state);
        const merging = await stop.orAbort(mergeBy(run, source, load.mode, state));
        committer = makeCommitter(run, { source, destination, load, head, state, merging });
        const loading = committer;
        await orWarn(run, runLanes(run, source, load, { committer, merging }), () => loading.isDone);
      }
      await acknowledge(run, source, (committer?.state ?? state)?.position);
    } finally {
      await closeQuietly('source', source, run.warn);
    }
  } catch (error) {
    if (committer?.doubt) run.doubt = committer.doubt;
    throw await explain(error, destination, run, committer?.version ?? version);
  } finally {
    await closeQuietly('destination', destination, run.warn);
  }
}

// What fails when all rows are there is a warning.
async function orWarn(run: StreamRun, work: Promise<void>, isDone: () => boolean): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!isDone()) throw error;
    run.warn(`all rows are loaded, but ${(error as Error).message}`);
  }
}

// What comes when nobody waits for it any more is closed.
async function openOrAbort<T extends { close(): Promise<void> }>(
  stop: Stop,
  opening: Promise<T>,
): Promise<T> {
  try {
    return await stop.orAbort(opening);
  } catch (error) {
    opening.then((late) => late.close()).catch(() => undefined);
    throw error;
  }
}

// This run's own load, whose last commit was in doubt; or a backfill that another append would only double.
function isDoneAlready(run: StreamRun, state: HeadState | undefined): state is HeadState {
  if (!state?.load?.done) return false;
  if (state.load.id === run.ownLoad) return true;
  if (!run.range || state.load.mode !== 'append') return false;
  run.warn(`this backfill is loaded already (last commit ${state.commit.at}): nothing was done`);
  return true;
}

function wishOf({ recipe, fullRefresh, ownLoad }: StreamRun): Wish {
  return { writeMode: recipe.destination.writeMode, fullRefresh, ownLoad };
}

// A commit whose answer was lost and that had taken effect counts as this run's.
function settleDoubt(run: StreamRun, state: HeadState | undefined): void {
  const { doubt } = run;
  delete run.doubt;
  if (!doubt || state?.commit.id !== doubt.commit) return;
  if (doubt.epoch) run.tally.committed(doubt.epoch, undefined);
  run.tally.position = { ...run.tally.position, after: state.position ?? null };
}

async function beginOrResume(run: StreamRun, source: Source, state: HeadState | undefined): Promise<Load> {
  const { recipe, tally, stop, emit } = run;
  const begun = loadToGoOn(state, wishOf(run));
  const { stale } = run;
  delete run.stale;
  // Another lane's commit may have taken effect after all: its rows would come again with another plan.
  if (stale && begun?.load.mode === 'append' && begun.load.rows.written > 0) throw stale;
  let load: Load;
  if (begun && !stale) {
    load = Load.resume(begun.load, begun.plan);
    if (load.rows.written > 0 && begun.load.steps !== stepsText(recipe)) {
      run.warn(
        `load ${load.id} began under other steps: the ${load.rows.written} rows that it has loaded keep the shape they had`,
      );
    }
  } else {
    const mode: WriteMode = run.fullRefresh ? 'replace' : recipe.destination.writeMode;
    const fromStart = mode === 'replace' || (mode === 'merge' && stale !== undefined);
    const position = fromStart ? undefined : state?.position;
    const plan = await tally.time('read', () =>
      stop.orAbort(source.plan(readRequest(recipe, position, run.range))),
    );
    load = Load.begin(plan, mode, stepsText(recipe));
  }
  const delivery = deliveryOf(run.plugins.destination, load.mode);
  const guarantee = guaranteeOf(load.plan.restart, load.mode, delivery, recipe.destination.type);
  checkDemand(recipe, guarantee);
  if (run.ownLoad === undefined)
    tally.position = { before: state?.position ?? null, after: state?.position ?? null };
  run.ownLoad = load.id;
  tally.guarantee = guarantee.level;
  tally.load = {
    id: load.id,
    mode: load.mode,
    resumed: load.resumed || tally.load?.resumed === true,
    rows: load.rows,
    range: run.range ?? null,
  };
  emit({
    type: 'load',
    stream: recipe.source.stream,
    load: load.id,
    resumed: load.resumed,
    partitions: load.plan.partitions.length,
    guarantee: guarantee.level,
  });
  return load;
}

function stepsText({ steps }: ResolvedRecipe): string {
  return sha256(canonical(steps));
}

interface Opened {
  readonly source: Source;
  readonly destination: Destination;
  readonly load: Load;
  readonly head: { readonly version: number; readonly table?: Schema };
  readonly state: HeadState | undefined;
  readonly merging: Merging;
}

function makeCommitter(run: StreamRun, opened: Opened): Committer {
  const { source, destination, load, head, state, merging } = opened;
  const { recipe } = run;
  const target: Target = {
    key: run.key,
    table: recipe.destination.table,
    mode: load.mode,
    mergeKeys: merging.keys,
    ...(merging.order === undefined ? {} : { mergeOrder: merging.order }),
    load: load.id,
    ...(load.mode !== 'append' && load.rows.written > 0 ? { staged: true } : {}),
  };
  const { writeMode } = recipe.destination;
  return new Committer({
    ...run,
    identity: writeMode === 'merge' ? { ...run.identity, merge_keys: merging.keys } : run.identity,
    source,
    destination,
    target,
    load,
    claimed: head.version,
    before: state,
    table: tableBefore(run, load, head.table, state),
    headTable: head.table,
    emptySchema: () => run.stop.orAbort(emptySchema(source, recipe, run.plugins.steps)),
  });
}

// What the columns of this load are added to. A replace that may change them begins with its own, as far as it came.
function tableBefore(
  run: StreamRun,
  load: Load,
  table: Schema | undefined,
  state: HeadState | undefined,
): Schema | undefined {
  const { schemaPolicy } = run.recipe.destination;
  const isFresh = load.mode === 'replace' && (schemaPolicy === 'evolve' || !table);
  let before: Schema | undefined;
  if (!isFresh) before = table && knownTable(table, state?.columns);
  else if (state?.load?.id === load.id && state.columns) {
    before = {
      fields: state.columns.map(({ name, type }) => ({ name, type: parseType(type), nullable: true })),
    };
  }
  if (!run.wanted) return before;
  return fitTable(
    before,
    run.wanted.schema,
    schemaPolicy === 'freeze' ? 'evolve' : schemaPolicy,
    run.recipe.destination.table,
  ).schema;
}

async function acknowledge(run: StreamRun, source: Source, position: Json | undefined): Promise<void> {
  if (!source.acknowledge || position === undefined) return;
  try {
    await run.stop.orAbort(source.acknowledge(run.recipe.source.stream, position));
  } catch (error) {
    run.warn(`the rows are loaded, but the source could not be told so: ${(error as Error).message}`);
  }
}

// A process that was overtaken meets errors that say nothing of it ("relation does not exist"): look at the head.
async function explain(
  error: unknown,
  destination: Destination,
  run: StreamRun,
  version: number | undefined,
): Promise<unknown> {
  if (version === undefined || error instanceof SchemaChanged || run.stop.isStopping) return error;
  const met = toDatacookError(error);
  if (met.code === 'CONFLICT') return met;
  try {
    const head = await run.stop.orAbort(
      destination.peek({ key: run.key, table: run.recipe.destination.table }),
    );
    const { doubt } = run;
    const isOwn = doubt !== undefined && parseHeadState(head.state, run.key)?.commit.id === doubt.commit;
    if (head.version === version || (isOwn && head.version === version + 1)) return met;
    return new DatacookError(
      'CONFLICT',
      `${run.key} was overtaken by another run, which has claimed it meanwhile`,
      {
        hint: 'nothing was doubled; look at the other run',
        cause: met,
      },
    );
  } catch {
    return met;
  }
}
