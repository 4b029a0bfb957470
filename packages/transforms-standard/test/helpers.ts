import type { Applied, Batch, Context, Definition, Schema, Transform } from '@datacook/core';
import { batchFromRows, parseType, rowsOf } from '@datacook/toolkit';
import { expect } from 'vitest';

/** Names that a system may give its columns. */
export const ODD_NAMES = [
  '',
  ' ',
  'a "quoted" name',
  "it's",
  'naïve ✓',
  'a.b',
  'line\nbreak',
  'Id',
  'id',
  'constructor',
];

const context: Context = {
  signal: new AbortController().signal,
  log: () => {},
  format: () => Promise.reject(new Error('no formats here')),
  run: { id: 'run-1', startedAt: '2024-02-29T23:59:59.123Z' },
};

/** Opens a step as the engine does: its configuration parsed by its own parser. */
export function open(definition: Definition<'transform'>, config: unknown): Transform {
  return definition.open(definition.config.parse(config), context) as Transform;
}

export function schemaOf(columns: Record<string, string>): Schema {
  return {
    fields: Object.entries(columns).map(([name, type]) => ({ name, type: parseType(type), nullable: true })),
  };
}

/** Applies a bound step, and checks what the engine checks. */
export async function apply(transform: Transform, batch: Batch): Promise<Applied & { schema: Schema }> {
  const bound = transform(batch.schema);
  const applied = await bound.apply(batch);
  const { filtered = 0, generated = 0, rejects = [] } = applied;
  expect(batch.length + generated).toBe(applied.batch.length + filtered + rejects.length);
  expect(applied.batch.schema).toBe(bound.schema);
  expect(applied.batch.columns.length).toBe(bound.schema.fields.length);
  expect((await bound.apply(batch)).batch.schema).toBe(bound.schema);
  return { ...applied, schema: bound.schema };
}

export const rows = (batch: Batch) => [...rowsOf(batch)];

export const namesOf = (schema: Schema) => schema.fields.map((field) => field.name);

/** One row with a column of each name, holding the name's index. */
export function oddBatch(names: readonly string[] = ODD_NAMES): Batch {
  const entries = names.map((name, index) => [name, index] as const);
  const { fields } = schemaOf(Object.fromEntries(names.map((name) => [name, 'int64'])));
  return batchFromRows([Object.fromEntries(entries)], { fields });
}

/** The messages of a refused configuration, with their paths. */
export function issuesOf(definition: Definition<'transform'>, config: unknown): string[] {
  try {
    definition.config.parse(config);
  } catch (error) {
    const { issues } = error as { issues: { path: (string | number)[]; message: string }[] };
    return issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  }
  return [];
}
