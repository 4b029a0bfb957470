import { DatacookError, type DataType } from '@datacook/core';
import { nearest, parseType, typeToString } from '@datacook/toolkit';
import { overrideType, possibleTypes } from './override-type.js';
import type { PgColumn } from './pg-column.js';
import { type Query, type ResolvedType, TypeCatalog } from './type-catalog.js';

/** A column as the server describes it. A `typmod` of -1 means that there is none. */
export interface DescribedColumn {
  readonly name: string;
  readonly oid: number;
  readonly typmod: number;
  readonly nullable: boolean;
}

const NAMES = `select pg_catalog.format_type(t.oid, t.typmod)
from unnest($1::oid[], $2::int4[]) with ordinality as t (oid, typmod, at) order by at`;

const TEXT: ResolvedType = { type: { kind: 'utf8' }, wire: 'text' };

/**
 * The types of columns. `overrides` is the recipe's `column_types`: by column, the text of a type. What has no type of
 * ours is cast to text. Throws CONFIG for an override that names no column, is no type, or might lose something.
 */
export async function resolveColumns(
  query: Query,
  described: readonly DescribedColumn[],
  overrides: Readonly<Record<string, string>>,
): Promise<readonly PgColumn[]> {
  const wanted = parseOverrides(described, overrides);
  const catalog = new TypeCatalog();
  await catalog.load(
    query,
    described.map(({ oid }) => oid),
  );
  const names = await query(NAMES, [
    `{${described.map(({ oid }) => oid).join(',')}}`,
    `{${described.map(({ typmod }) => typmod).join(',')}}`,
  ]);
  return described.map((column, index) => {
    const nativeType = names[index]?.[0] ?? `type ${column.oid}`;
    const native = catalog.resolve(column.oid, column.typmod);
    const override = wanted.get(column.name);
    const isCast = native === undefined || (override?.kind === 'utf8' && native.type.kind !== 'utf8');
    const read = chooseType(column.name, nativeType, isCast ? TEXT : native, override);
    return { ...column, nativeType, ...read, ...(isCast && { cast: 'text' }) };
  });
}

function parseOverrides(
  described: readonly DescribedColumn[],
  overrides: Readonly<Record<string, string>>,
): ReadonlyMap<string, DataType> {
  const names = described.map(({ name }) => name);
  return new Map(
    Object.entries(overrides).map(([name, text]) => {
      if (!names.includes(name)) throw noSuchColumn(name, names);
      return [name, parseOverride(name, text)];
    }),
  );
}

function noSuchColumn(name: string, names: readonly string[]): DatacookError {
  const near = nearest(name, names);
  return new DatacookError('CONFIG', `column_types names a column "${name}", which isn't read.`, {
    hint:
      near.length > 0
        ? `Did you mean ${near.map((other) => `"${other}"`).join(' or ')}?`
        : `The columns are ${names.join(', ')}.`,
    details: { column: name },
  });
}

function parseOverride(name: string, text: string): DataType {
  try {
    return parseType(text);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const hint = error instanceof DatacookError ? error.hint : undefined;
    throw new DatacookError('CONFIG', `column_types, column "${name}": ${error.message}`, {
      ...(hint !== undefined && { hint }),
      details: { column: name },
      cause: error,
    });
  }
}

function chooseType(
  name: string,
  nativeType: string,
  native: ResolvedType,
  override: DataType | undefined,
): ResolvedType {
  const read = override === undefined ? native : overrideType(native, override);
  if (read !== undefined) return read;
  const message = `column_types: the column "${name}" is ${nativeType}, which can't be read as ${typeToString(override!)} without a change of its values.`;
  throw new DatacookError('CONFIG', message, {
    hint: `It can be read as ${possibleTypes(native)} or utf8. Anything else is for a step cast_columns.`,
    details: { column: name, type: nativeType },
  });
}
