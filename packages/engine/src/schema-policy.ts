import { type Batch, DatacookError, type Field, type ResolvedRecipe, type Schema } from '@datacook/core';
import { parseType, sameType, typeToString, widenType } from '@datacook/toolkit';
import type { PreparedColumn } from './head-state.js';

type Policy = ResolvedRecipe['destination']['schemaPolicy'];

/** What a table must become so that a stream fits. */
export interface Fitted {
  readonly schema: Schema;
  /** In words, for the report. */
  readonly changes: readonly string[];
}

/**
 * The table's columns as the engine last prepared them, where they are still there: a destination that has no such
 * type reports the nearest it has.
 */
export function knownTable(table: Schema, prepared: readonly PreparedColumn[] | undefined): Schema {
  const types = new Map(prepared?.map((column) => [column.name, column.type]));
  return {
    fields: table.fields.map((field) => {
      const text = types.get(field.name);
      return text === undefined ? field : { ...field, type: parseType(text) };
    }),
  };
}

/** Remembers the types of a prepared schema. */
export function preparedColumns(schema: Schema): readonly PreparedColumn[] {
  return schema.fields.map((field) => ({ name: field.name, type: typeToString(field.type) }));
}

/**
 * The union of what is there and a stream's schema, by the policy. Every column may be NULL: a column that vanishes
 * from the source later leaves NULLs. Throws SCHEMA for a change that would lose something, or that the policy forbids.
 */
export function fitTable(table: Schema | undefined, stream: Schema, policy: Policy, target: string): Fitted {
  checkNames(stream, target);
  if (!table) return { schema: { ...stream, fields: stream.fields.map(nullable) }, changes: [] };
  const fields = table.fields.map(nullable);
  const places = new Map(fields.map((field, index) => [field.name, index]));
  const changes: string[] = [];
  for (const field of stream.fields) {
    const place = places.get(field.name);
    if (place === undefined) {
      if (policy === 'freeze')
        throw frozen(
          target,
          `the stream has a new column ${quoted(field.name)} (${typeToString(field.type)})`,
        );
      if (policy === 'discard_column') {
        changes.push(`column ${quoted(field.name)} discarded`);
        continue;
      }
      changes.push(`column ${quoted(field.name)} added (${typeToString(field.type)})`);
      fields.push(nullable(field));
      continue;
    }
    const known = fields[place] as Field;
    if (sameType(known.type, field.type)) continue;
    const wide = widenType(known.type, field.type);
    const change = `column ${quoted(field.name)} is ${typeToString(known.type)} in the table and ${typeToString(field.type)} in the stream`;
    if (!wide) {
      throw new DatacookError('SCHEMA', `${target}: ${change}, and no type holds both`, {
        hint: `cast it (cast_columns: { columns: { ${JSON.stringify(field.name)}: ${JSON.stringify(typeToString(known.type))} } }), declare its type at the source, or load the table anew with --full-refresh`,
      });
    }
    if (sameType(wide, known.type)) continue;
    if (policy === 'freeze') throw frozen(target, change);
    changes.push(
      `column ${quoted(field.name)} widened from ${typeToString(known.type)} to ${typeToString(wide)}`,
    );
    fields[place] = { ...known, type: wide };
  }
  if (policy === 'freeze') {
    const streamed = new Set(stream.fields.map((field) => field.name));
    const gone = fields.find((field) => !streamed.has(field.name));
    if (gone) throw frozen(target, `the stream has no column ${quoted(gone.name)}`);
  }
  return { schema: { fields }, changes };
}

/** Whether every column of a schema is in the other, with a type that holds it. */
export function liesWithin(inner: Schema, outer: Schema): boolean {
  const types = new Map(outer.fields.map((field) => [field.name, field.type]));
  return inner.fields.every((field) => {
    const type = types.get(field.name);
    if (!type) return false;
    if (sameType(type, field.type)) return true;
    const wide = widenType(type, field.type);
    return wide !== undefined && sameType(wide, type);
  });
}

/** Drops from batches of a schema the columns that another lacks. Touches no data. */
export function withoutUnknownColumns(from: Schema, known: Schema): (batch: Batch) => Batch {
  const names = new Set(known.fields.map((field) => field.name));
  const kept = from.fields.flatMap((field, index) => (names.has(field.name) ? [index] : []));
  const schema: Schema = { fields: kept.map((index) => from.fields[index] as Field) };
  return (batch) => ({ ...batch, schema, columns: kept.map((index) => batch.columns[index]!) });
}

function checkNames(stream: Schema, target: string): void {
  const seen = new Set<string>();
  for (const { name } of stream.fields) {
    if (seen.has(name)) {
      throw new DatacookError('SCHEMA', `${target}: two columns are called ${quoted(name)}`, {
        hint: 'rename one of them (rename_columns)',
      });
    }
    seen.add(name);
  }
}

function frozen(target: string, what: string): DatacookError {
  return new DatacookError('SCHEMA', `${target}: ${what}, and schema_policy is freeze`, {
    hint: 'bring the table or the stream into line, or set schema_policy: evolve',
  });
}

function nullable(field: Field): Field {
  return field.nullable ? field : { ...field, nullable: true };
}

function quoted(name: string): string {
  return JSON.stringify(name);
}
