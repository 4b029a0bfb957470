import {
  type DatacookError,
  type Field,
  type Head,
  isDatacookError,
  type Json,
  type Plugins,
  type ReadPlan,
  type ResolvedRecipe,
  type Schema,
  type StateBackend,
  type WriteMode,
} from '@datacook/core';
import { expandRecipe, type LoadedRecipe, validateRecipe } from '@datacook/recipe';
import { typeToString } from '@datacook/toolkit';
import { readRequest } from './attempt.js';
import { APPENDED_AGAIN, type BackfillRange, checkRange } from './backfill.js';
import { effectiveMode, loadToGoOn, type Wish } from './going-on.js';
import { checkDemand, deliveryOf, type Guarantee, guaranteeOf } from './guarantee.js';
import { type HeadState, headKey } from './head-state.js';
import { identityOf } from './identity.js';
import { mergeBy } from './merge-columns.js';
import { Mirror } from './mirror.js';
import { makeContext, type OpenedPlugins, openPlugins, openState } from './plugins.js';
import { reconcile } from './reconcile.js';
import { newRun } from './run.js';
import { fitTable, knownTable } from './schema-policy.js';
import { streamSchema } from './stream-schema.js';
import { TransformChain } from './transforms.js';

export interface PlanOptions {
  readonly plugins: Plugins;
  readonly state?: StateBackend;
  /** Contact no system: only what the recipe itself says. */
  readonly offline?: boolean;
  readonly fullRefresh?: boolean;
  /** Plan a backfill of this range. */
  readonly range?: BackfillRange;
  readonly signal?: AbortSignal;
}

/** A column with its type's text. */
export interface PlannedColumn {
  readonly name: string;
  readonly type: string;
}

/** What a run would do. */
export interface PlanReport {
  readonly recipe: string;
  readonly stream: string;
  readonly source: string;
  readonly destination: string;
  readonly table: string;
  readonly writeMode: string;
  /** A backfill's `[from, to)` of the cursor. */
  readonly range?: BackfillRange;
  /** What a merge tells rows apart by, where that is known. */
  readonly mergeKeys?: readonly string[];
  readonly steps: readonly string[];
  readonly columnsIn?: readonly PlannedColumn[];
  readonly columnsOut?: readonly PlannedColumn[];
  /** What would be done to the table. */
  readonly schemaChanges: readonly string[];
  readonly tableExists?: boolean;
  /** Parts that would be read; of a load that was begun, those that are left. */
  readonly partitions?: number;
  /** The load that an earlier run has begun, and this one would go on with. */
  readonly resumes?: string;
  readonly guarantee?: Guarantee;
  readonly lastCommit?: string;
  readonly position?: Json;
  /** What the plug-ins say of it, as which files are new. */
  readonly notes: readonly string[];
  readonly warnings: readonly string[];
  /** What would stop a run, found while planning. */
  readonly problems: readonly DatacookError[];
}

/**
 * Finds out what a run would do, and changes nothing. Throws CONFIG for a recipe that can't run; what only a system
 * could say, and what stands in the way there, is among the problems.
 */
export async function planRecipe(loaded: LoadedRecipe, options: PlanOptions): Promise<PlanReport> {
  const run = newRun();
  const recipe = await expandRecipe(loaded, options.plugins, run, 'plan');
  const warnings = loaded.findings
    .filter(({ severity }) => severity === 'warning')
    .map(({ message }) => message);
  const { range } = options;
  if (range) checkRange(recipe, range, options.fullRefresh ?? false);
  const mode = options.fullRefresh ? 'replace' : recipe.destination.writeMode;
  const delivery = deliveryOf(options.plugins.find('destination', recipe.destination.type), mode);
  if (mode === 'append' && recipe.source.incremental === undefined) {
    warnings.push('write_mode append without source.incremental: every run adds all rows again');
  }
  if (range && mode === 'append') warnings.push(APPENDED_AGAIN);
  const base = {
    recipe: recipe.name,
    stream: recipe.source.stream,
    source: recipe.source.type,
    destination: recipe.destination.type,
    table: recipe.destination.table,
    writeMode: mode,
    ...(range ? { range } : {}),
    steps: recipe.steps.map(({ id, type }) => (id ? `${id} (${type})` : type)),
  };
  const unknown = await unknownHere(loaded, options.plugins);
  if (unknown.length > 0)
    warnings.push(...unknown, 'no system was contacted, since not all is set here that a run needs');
  if (options.offline || unknown.length > 0)
    return { ...base, schemaChanges: [], notes: [], warnings, problems: [] };

  const signal = options.signal ?? new AbortController().signal;
  const notes: string[] = [];
  const log = (level: string, text: string) => {
    if (level === 'warn') warnings.push(text);
    else if (level === 'info') notes.push(text);
  };
  const context = makeContext({ plugins: options.plugins, signal, run, log });
  const opened = await openPlugins(recipe, options.plugins, context);
  const problems: DatacookError[] = [];
  const attempt = async <T>(work: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await work();
    } catch (error) {
      if (!isDatacookError(error)) throw error;
      problems.push(error);
      return undefined;
    }
  };
  const wish: Wish = {
    writeMode: recipe.destination.writeMode,
    fullRefresh: options.fullRefresh ?? false,
    ownLoad: undefined,
  };
  const known = await attempt(() => readHead(recipe, opened, options, context, wish, warnings));
  // An earlier run may have begun a load of another mode, which is gone on with.
  const effective = effectiveMode(known?.state, wish);
  const read = await attempt(() =>
    readSource({ recipe, opened, mode: effective, state: known?.state, wish, range }),
  );
  const { out } = read ?? {};
  const changes =
    out &&
    known &&
    (await attempt(async () => plannedChanges(recipe, known.head, known.state, out, effective)));
  const guarantee =
    read?.plan && guaranteeOf(read.plan.restart, effective, delivery, recipe.destination.type);
  if (guarantee) await attempt(async () => checkDemand(recipe, guarantee));
  return {
    ...base,
    writeMode: effective,
    ...(read && read.keys.length > 0 ? { mergeKeys: read.keys } : {}),
    ...(read?.in ? { columnsIn: read.in.fields.map(planned) } : {}),
    ...(read?.out ? { columnsOut: read.out.fields.map(planned) } : {}),
    schemaChanges: changes ?? [],
    ...(known ? { tableExists: known.head.table !== undefined } : {}),
    ...(read ? { partitions: read.partitions } : {}),
    ...(read?.resumes ? { resumes: read.resumes } : {}),
    ...(guarantee ? { guarantee } : {}),
    ...(known?.state ? { lastCommit: known.state.commit.at } : {}),
    ...(known?.state?.position === undefined ? {} : { position: known.state.position }),
    notes,
    warnings,
    problems,
  };
}

// What a run would refuse, and a plan only says: variables and connections that this environment lacks.
async function unknownHere(loaded: LoadedRecipe, plugins: Plugins): Promise<readonly string[]> {
  const findings = await validateRecipe(loaded, plugins, 'plan');
  return findings.filter(({ code }) => code === 'ENV' || code === 'CONNECTION').map(({ message }) => message);
}

interface KnownHead {
  readonly head: Head;
  readonly state: HeadState | undefined;
}

async function readHead(
  recipe: ResolvedRecipe,
  opened: OpenedPlugins,
  options: PlanOptions,
  context: ReturnType<typeof makeContext>,
  wish: Wish,
  warnings: string[],
): Promise<KnownHead> {
  const key = headKey(recipe.state.key, recipe.source.stream, options.range);
  const { table } = recipe.destination;
  const destination = await opened.openDestination();
  try {
    const head = await destination.peek({ key, table });
    const backend = options.state ?? (await openState(recipe, options.plugins, context));
    const { state, notice } = reconcile({
      ...wish,
      key,
      table,
      head,
      mirrored: await new Mirror(backend, key).load(),
      identity: identityOf(recipe, opened),
      shared: recipe.destination.shared,
      keepsHead: opened.destination.modes?.[wish.writeMode] !== 'at_least_once',
    });
    if (notice) warnings.push(notice);
    return { head, state };
  } finally {
    await destination.close();
  }
}

interface PlannedRead {
  readonly in?: Schema;
  readonly out?: Schema;
  /** What a merge tells rows apart by; empty for other modes. */
  readonly keys: readonly string[];
  readonly plan: ReadPlan;
  readonly partitions: number;
  readonly resumes?: string;
}

interface ReadSource {
  readonly recipe: ResolvedRecipe;
  readonly opened: OpenedPlugins;
  readonly mode: WriteMode;
  readonly state: HeadState | undefined;
  readonly wish: Wish;
  readonly range: BackfillRange | undefined;
}

async function readSource({ recipe, opened, mode, state, wish, range }: ReadSource): Promise<PlannedRead> {
  const source = await opened.openSource();
  try {
    // After a plan the source may know the schema better.
    const schemas = async () => {
      const schema = await streamSchema(source, recipe);
      const identity = identityOf(recipe, opened);
      const key = headKey(recipe.state.key, recipe.source.stream, range);
      const asked = { recipe, plugins: opened, identity, key, ...(range ? { range } : {}) };
      const { keys } = await mergeBy(asked, source, mode, state);
      return schema
        ? { keys, in: schema, out: new TransformChain(opened.steps).outputSchema(schema) }
        : { keys };
    };
    const begun = loadToGoOn(state, wish);
    if (begun) {
      const left = begun.plan.partitions.filter(({ id }) => !begun.load.positions[id]?.done).length;
      return { ...(await schemas()), plan: begun.plan, partitions: left, resumes: begun.load.id };
    }
    const position = mode === 'replace' ? undefined : state?.position;
    const plan = await source.plan(readRequest(recipe, position, range));
    return { ...(await schemas()), plan, partitions: plan.partitions.length };
  } finally {
    await source.close();
  }
}

function plannedChanges(
  recipe: ResolvedRecipe,
  head: Head,
  state: HeadState | undefined,
  out: Schema,
  mode: WriteMode,
): readonly string[] {
  const { schemaPolicy, table } = recipe.destination;
  if (!head.table) return [`table ${table} created`];
  if (mode === 'replace' && schemaPolicy === 'evolve') return [`table ${table} replaced`];
  return fitTable(knownTable(head.table, state?.columns), out, schemaPolicy, table).changes;
}

function planned(field: Field): PlannedColumn {
  return { name: field.name, type: typeToString(field.type) };
}
