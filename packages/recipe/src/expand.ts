import {
  DatacookError,
  type Json,
  type JsonObject,
  type Plugins,
  type RecipeRuntime,
  type RecipeStep,
  type ResolvedRecipe,
} from '@datacook/core';
import { type Analysis, analyse, localStatePath } from './analyse.js';
import { child, type MapNode, nearestNode, plainValue } from './node.js';
import type { PluginPart } from './plugin-part.js';
import { fingerprintOf } from './print.js';
import type { LoadedRecipe } from './recipe.js';
import type { RecipeShape } from './schema.js';
import { bytesOf, millisecondsOf } from './units.js';
import { backoffOf, checkWhole } from './validate.js';

const BATCH_BYTES = 16 * 1024 * 1024;

/**
 * Makes of a recipe what the engine runs: the environment filled in, connections laid over, paths absolute, defaults
 * applied. `run.startedAt` is ISO 8601, UTC. Throws one CONFIG error with everything that is wrong
 * (`details.findings`) if anything is. For a `plan`, an unset `env_var` or a connection that is defined nowhere is no
 * error: what depends on it stays as written, or takes its default.
 */
export async function expandRecipe(
  recipe: LoadedRecipe,
  plugins: Plugins,
  run: { readonly id: string; readonly startedAt: string },
  purpose: 'plan' | 'run' = 'run',
): Promise<ResolvedRecipe> {
  const analysis = await analyse(recipe, plugins, purpose, run);
  checkWhole(analysis, recipe.isFragment);
  const { shape, source, destination, tree } = analysis;
  const errors = analysis.findings.list.filter(({ severity }) => severity === 'error');
  if (errors.length > 0 || shape === undefined || source === undefined || destination === undefined)
    throw refusal(recipe, analysis);
  const name = shape.name as string;
  const stream = analysis.stream as string;
  return {
    name,
    ...(shape.description === undefined ? {} : { description: shape.description }),
    source: {
      type: source.type,
      config: toJson(source.config),
      identityConfig: toJson(source.identityConfig),
      stream,
      ...(shape.source?.columns === undefined ? {} : { columns: shape.source.columns }),
      ...incrementalOf(source),
    },
    steps: stepsOf(analysis, shape),
    destination: destinationOf(destination, shape, stream),
    state: stateOf(analysis, shape, recipe, name),
    runtime: runtimeOf(shape.runtime ?? {}, tree),
    fingerprint: fingerprintOf(recipe, plugins),
    originOf: (path) => nearestNode(tree, path).origin,
  };
}

function refusal(recipe: LoadedRecipe, { findings }: Analysis): DatacookError {
  const errors = findings.list.filter(({ severity }) => severity === 'error');
  const details = { file: recipe.file, findings: findings.list as unknown as Json };
  if (errors.length === 0) {
    const unset = findings.list.find(({ code }) => code === 'ENV');
    const reason = unset?.message ?? 'it is not known what it is';
    return new DatacookError('CONFIG', `${recipe.file} can't be planned: ${reason}`, {
      ...(unset?.hint === undefined ? {} : { hint: unset.hint }),
      details,
    });
  }
  const count = errors.length === 1 ? 'an error' : `${errors.length} errors`;
  return new DatacookError('CONFIG', `${recipe.file} has ${count}: ${errors[0]?.message}`, {
    hint: '`datacook validate` shows every one with its place',
    details,
  });
}

/** A configuration as its plug-in's parser reads it. An integer beyond ±(2^53 - 1), which JSON's type has no word for, stays a bigint. */
function toJson(config: MapNode): JsonObject {
  return plainValue(config, 'text') as JsonObject;
}

function incrementalOf({ config }: PluginPart): { readonly incremental?: Json } {
  const incremental = child(config, 'incremental');
  return incremental === undefined ? {} : { incremental: plainValue(incremental, 'text') as Json };
}

function stepsOf({ steps }: Analysis, shape: RecipeShape): RecipeStep[] {
  return (shape.transform?.steps ?? []).map(({ id, type }, index) => ({
    ...(id === undefined ? {} : { id }),
    type,
    config: toJson((steps[index] as PluginPart).config),
  }));
}

function destinationOf(part: PluginPart, shape: RecipeShape, stream: string): ResolvedRecipe['destination'] {
  const written = shape.destination ?? {};
  return {
    type: part.type,
    config: toJson(part.config),
    identityConfig: toJson(part.identityConfig),
    table: written.table ?? stream,
    writeMode: written.write_mode ?? 'append',
    ...(written.merge_keys === undefined ? {} : { mergeKeys: written.merge_keys }),
    schemaPolicy: written.schema_policy ?? 'evolve',
    onEmpty: written.on_empty ?? 'fail',
    shared: written.shared ?? false,
  };
}

function stateOf(
  { state }: Analysis,
  shape: RecipeShape,
  recipe: LoadedRecipe,
  name: string,
): ResolvedRecipe['state'] {
  const key = shape.state?.key ?? name;
  const leaseMs = millisecondsOf(shape.state?.lease ?? '60s') as number;
  if (state === undefined) {
    return { type: 'local', config: { path: localStatePath(recipe.project.home) }, key, leaseMs };
  }
  return { type: state.type, config: toJson(state.config), key, leaseMs };
}

function runtimeOf(written: NonNullable<RecipeShape['runtime']>, tree: MapNode): RecipeRuntime {
  const { rows, bytes, seconds } = written.checkpoint ?? {};
  return {
    batchSize: written.batch_size ?? 65_536,
    batchBytes: BATCH_BYTES,
    parallelism: written.parallelism ?? 4,
    maxRetries: written.max_retries ?? 3,
    retryBackoff: backoffOf(tree),
    ...(written.timeout === undefined ? {} : { timeoutMs: millisecondsOf(written.timeout) as number }),
    onError: written.on_error ?? 'fail',
    ...(written.max_rejects === undefined ? {} : { maxRejects: written.max_rejects }),
    checkpoint: {
      ...(rows === undefined ? {} : { rows }),
      ...(bytes === undefined ? {} : { bytes: bytesOf(bytes) as number }),
      ...(seconds === undefined ? {} : { seconds }),
    },
    graceSeconds: written.grace_seconds ?? 10,
    ...(written.guarantee === undefined ? {} : { guarantee: written.guarantee }),
  };
}
