import { performance } from 'node:perf_hooks';
import {
  type Context,
  DatacookError,
  type Destination,
  type Head,
  type Plugins,
  type ResolvedRecipe,
  type Schema,
  type Source,
} from '@datacook/core';
import { expandRecipe, type LoadedRecipe } from '@datacook/recipe';
import { readRequest } from './attempt.js';
import { closeQuietly } from './closing.js';
import { type HeadState, headKey, isSameStream, parseHeadState } from './head-state.js';
import { makeContext, type OpenedPlugins, openPlugins } from './plugins.js';
import { newRun } from './run.js';
import { knownTable } from './schema-policy.js';
import { streamSchema } from './stream-schema.js';
import { type ColumnChoice, chooseColumns } from './verify-columns.js';
import { compareBuckets } from './verify-compare.js';
import { findDifferences } from './verify-differences.js';
import { keysOf } from './verify-keys.js';
import type { VerifyReport } from './verify-report.js';
import { newRows } from './verify-rows.js';
import { sourceSide, tableSide } from './verify-sides.js';
import { type StepsSeen, seeSteps } from './verify-steps.js';

export interface VerifyOptions {
  readonly plugins: Plugins;
  /** Columns that are not compared, as the stream or the table calls them. */
  readonly ignore?: readonly string[];
  /** What tells rows apart. Default: the merge keys, else the stream's primary key, else the whole row. */
  readonly keys?: readonly string[];
  /** Keys that are named, at most. */
  readonly limit: number;
  readonly signal?: AbortSignal;
}

/** How far apart the two runs lie that steps are tried as: another year, day, hour, minute and second. */
const APART_MS = 400 * 86_400_000 + 3_661_000;

/**
 * Compares what a recipe's source has, as it leaves the steps, with what the destination's table has. Changes nothing.
 * Throws what stands in the way: CONFIG for options that don't fit the recipe, UNSUPPORTED for a destination without a
 * digest, NOT_FOUND if there is no table.
 */
export async function verifyRecipe(loaded: LoadedRecipe, options: VerifyOptions): Promise<VerifyReport> {
  const began = performance.now();
  const run = newRun();
  const recipe = await expandRecipe(loaded, options.plugins, run, 'run');
  const notes: string[] = [];
  const context = makeContext({
    plugins: options.plugins,
    signal: options.signal ?? new AbortController().signal,
    run,
    log: (level, text) => void (level === 'warn' && notes.push(text)),
  });
  const opened = await openPlugins(recipe, options.plugins, context);
  const destination = await opened.openDestination();
  try {
    const source = await opened.openSource();
    try {
      const compared = await compare({
        loaded,
        recipe,
        options,
        context,
        opened,
        destination,
        source,
        notes,
      });
      return { ...compared, notes, duration_ms: Math.round(performance.now() - began) };
    } finally {
      await closeQuietly('source', source, (text) => notes.push(text));
    }
  } finally {
    await closeQuietly('destination', destination, (text) => notes.push(text));
  }
}

interface Parts {
  readonly loaded: LoadedRecipe;
  readonly recipe: ResolvedRecipe;
  readonly options: VerifyOptions;
  readonly context: Context;
  readonly opened: OpenedPlugins;
  readonly destination: Destination;
  readonly source: Source;
  readonly notes: string[];
}

async function compare(parts: Parts): Promise<Omit<VerifyReport, 'notes' | 'duration_ms'>> {
  const { recipe, options, context, opened, destination, source, notes } = parts;
  const { table } = recipe.destination;
  const { head, schema, state } = await readTable(recipe, destination);
  if (!state) notes.push(`no run of this recipe has committed to ${table}: its rows may be of others`);
  else if (state.load && !state.load.done)
    notes.push('a load is under way: what it has not loaded yet counts as missing');

  // A first load's plan: everything that the source has, in one snapshot. No row waits for a later load.
  const request = { ...readRequest(recipe, undefined, undefined), writeMode: 'merge' as const };
  const plan = await source.plan(request);
  const input = await schemaOf(source, recipe, plan);
  const seen = await seeSteps(opened.steps, await stepsOfOtherRun(parts), input);
  if (seen.isUntried)
    notes.push(
      'columns that the steps make anew in each run could not be told from others: name them with --ignore',
    );
  const choice = columnsOf(seen, schema, state, options.ignore ?? []);
  const { keys, isWhole, appendsVersions } = keysOf({ ...parts, seen, choice });
  const sides = {
    recipe,
    plugins: options.plugins,
    source,
    plan,
    steps: opened.steps,
    seen,
    columns: choice.compared,
  };
  const digestKeys = isWhole ? [] : keys;
  const ours = sourceSide(sides, digestKeys);
  const theirs = tableSide(destination, table, choice.compared, digestKeys);
  const totals = await compareBuckets(ours.side, theirs);

  const others = (head.others ?? []).filter(({ key }) => !isSameStream(key, keyOf(recipe)));
  if (others.length > 0)
    notes.push(`other recipes load into ${table} as well: rows that only it has may be theirs`);
  if (appendsVersions)
    notes.push(
      'the recipe appends what is new: older versions of rows, and rows that were deleted since, may stay',
    );
  else if (recipe.source.incremental !== undefined)
    notes.push(
      'rows that were deleted at the source stay in the table: an incremental load does not see that',
    );
  const position = recipe.source.incremental === undefined ? undefined : state?.position;
  // What it says was said by the other, or speaks of a load that isn't done here.
  const quiet = await openPlugins(recipe, options.plugins, { ...context, log: () => undefined });
  const pending = await quiet.openSource();
  try {
    const found = await findDifferences({
      source: ours.side,
      table: theirs,
      totals,
      merges: recipe.destination.writeMode === 'merge',
      mayHaveExtra: appendsVersions || others.length > 0,
      limit: options.limit,
      columns: choice.compared,
      keys: isWhole ? choice.compared.map(({ name }) => name) : keys,
      shown: keys.length > 0 ? keys : choice.compared.map(({ name }) => name),
      ...(position === undefined
        ? {}
        : {
            newRows: () =>
              newRows(pending, readRequest(recipe, undefined, undefined), position, opened.steps),
          }),
    });
    return {
      version: 1,
      recipe: recipe.name,
      stream: recipe.source.stream,
      table,
      source: recipe.source.type,
      destination: recipe.destination.type,
      rows: { source: totals.source, table: totals.table },
      source_by: ours.by,
      compared: { columns: choice.compared.map(({ name }) => name), keys: digestKeys },
      left_out: choice.leftOut,
      ...found,
    };
  } finally {
    await closeQuietly('source', pending, (text) => notes.push(text));
  }
}

function keyOf(recipe: ResolvedRecipe): string {
  return headKey(recipe.state.key, recipe.source.stream);
}

interface ReadTable {
  readonly head: Head;
  readonly schema: Schema;
  readonly state: HeadState | undefined;
}

async function readTable(recipe: ResolvedRecipe, destination: Destination): Promise<ReadTable> {
  const { table, type } = recipe.destination;
  if (!destination.digest)
    throw new DatacookError('UNSUPPORTED', `the destination ${type} can't be compared: it makes no digest`, {
      hint: 'ask its authors for it',
    });
  const head = await destination.peek({ key: keyOf(recipe), table });
  if (!head.table)
    throw new DatacookError('NOT_FOUND', `there is no table ${table} to compare with`, {
      hint: 'run the recipe first',
      details: { table },
    });
  return { head, schema: head.table, state: parseHeadState(head.state, keyOf(recipe)) };
}

/** What the source hands on; where it doesn't say it, what its first rows are. */
async function schemaOf(
  source: Source,
  recipe: ResolvedRecipe,
  plan: Awaited<ReturnType<Source['plan']>>,
): Promise<Schema> {
  const known = await streamSchema(source, recipe);
  if (known) {
    const { columns } = recipe.source;
    const fields = columns?.flatMap((name) => known.fields.filter((field) => field.name === name));
    return fields ? { ...known, fields } : known;
  }
  for (const partition of plan.partitions)
    for await (const { batch } of source.read(plan, partition)) if (batch) return batch.schema;
  throw new DatacookError('NOT_FOUND', `the source ${recipe.source.type} has no rows, and tells no columns`, {
    hint: 'there is nothing that the table could be compared with',
  });
}

async function stepsOfOtherRun({ loaded, options, context }: Parts): Promise<OpenedPlugins['steps']> {
  const run = {
    id: 'other',
    startedAt: new Date(Date.parse(context.run.startedAt) + APART_MS).toISOString(),
  };
  const recipe = await expandRecipe(loaded, options.plugins, run, 'run');
  const { steps } = await openPlugins(recipe, options.plugins, { ...context, run });
  return steps;
}

function columnsOf(
  { out, fleeting }: StepsSeen,
  table: Schema,
  state: HeadState | undefined,
  ignored: readonly string[],
): ColumnChoice {
  return chooseColumns({ out, table, known: knownTable(table, state?.columns), ignored, fleeting });
}
