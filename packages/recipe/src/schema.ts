import { z } from 'zod';
import { bytesOf, millisecondsOf } from './units.js';

const text = z.string().min(1, 'expected text, but this is empty');
const scalar = z.union(
  [z.string(), z.number(), z.boolean(), z.null(), z.bigint()],
  'expected a single value',
);
const count = z.int().min(1, 'expected a whole number above 0');
const countOrNone = z.int().min(0, 'expected a whole number, not below 0');

const size = z
  .union([z.number(), z.string()])
  .refine((value) => bytesOf(value) !== undefined, 'expected a size such as 256mb, or a number of bytes');

const duration = z
  .union([z.number(), z.string()])
  .refine(
    (value) => millisecondsOf(value) !== undefined,
    'expected a duration such as 60s, 5m or 2h, or a number of seconds',
  );

const names = z
  .array(text)
  .min(1, 'expected at least one name')
  .refine((list) => new Set(list).size === list.length, 'a name stands here twice');

const runtime = z.strictObject({
  batch_size: count.optional(),
  parallelism: count.optional(),
  max_retries: countOrNone.optional(),
  retry_backoff: z
    .strictObject({ initial_ms: countOrNone.optional(), max_ms: countOrNone.optional() })
    .optional(),
  timeout: duration.optional(),
  on_error: z.enum(['fail', 'reject']).optional(),
  max_rejects: countOrNone.optional(),
  checkpoint: z
    .strictObject({
      rows: count.optional(),
      bytes: size.optional(),
      seconds: z.number().positive('expected a number of seconds above 0').optional(),
    })
    .optional(),
  grace_seconds: z.number().min(0, 'expected a number of seconds, not below 0').optional(),
  guarantee: z.enum(['exactly_once']).optional(),
});

const step = z.looseObject({ type: text, id: text.optional() });

const transform = z.strictObject({ use: z.array(text).optional(), steps: z.array(step).optional() });

const source = z.looseObject({
  type: text.optional(),
  columns: names.optional(),
  streams: z.array(z.union([z.string(), z.looseObject({ name: text })])).optional(),
});

const destination = z.looseObject({
  type: text.optional(),
  table: text.optional(),
  write_mode: z.enum(['append', 'merge', 'replace']).optional(),
  merge_keys: names.optional(),
  schema_policy: z.enum(['evolve', 'freeze', 'discard_column']).optional(),
  on_empty: z.enum(['fail', 'publish', 'keep']).optional(),
  shared: z.boolean().optional(),
});

const state = z.looseObject({ type: text.optional(), key: text.optional(), lease: duration.optional() });

const recipe = z.strictObject({
  name: text.regex(/^[^\p{Cc}]*$/u, 'expected a name without control characters').optional(),
  description: z.string().optional(),
  extends: text.optional(),
  delete: z.array(text).optional(),
  vars: z.record(z.string(), scalar).optional(),
  macros: z.record(z.string(), z.array(step)).optional(),
  source: source.optional(),
  transform: transform.optional(),
  destination: destination.optional(),
  state: state.optional(),
  default_runtime: runtime.optional(),
  runtime: runtime.optional(),
  tests: z.array(z.unknown()).optional(),
});

const project = z.strictObject({
  connections: z.record(z.string(), z.union([text, z.looseObject({ type: text.optional() })])).optional(),
  state: state.optional(),
  plugins: z.array(text).optional(),
  vars: z.record(z.string(), scalar).optional(),
});

/** A recipe, without the plug-ins' parts, when it is resolved. */
export type RecipeShape = z.infer<typeof recipe>;

/** Parses the language's own part of a recipe; keys of source, destination, steps and state are the plug-ins' to judge. */
export const recipeSchema = (): z.ZodType<RecipeShape> => recipe;

/** Parses `datacook.yaml`. */
export const projectSchema = (): z.ZodType => project;

/** Keys of a destination that the language itself reads. */
export const DESTINATION_KEYS = [
  'type',
  'table',
  'write_mode',
  'merge_keys',
  'schema_policy',
  'on_empty',
  'shared',
] as const;

/** Keys of a source that the language itself reads. */
export const SOURCE_KEYS = ['type', 'columns', 'streams'] as const;

/** Keys of a state that the language itself reads. */
export const STATE_KEYS = ['type', 'key', 'lease'] as const;

/** Keys of a step that the language itself reads. */
export const STEP_KEYS = ['type', 'id'] as const;
