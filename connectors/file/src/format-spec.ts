import { DatacookError, type DataType, type Json, type JsonObject } from '@datacook/core';
import { parseType } from '@datacook/toolkit';
import type { ListedFile } from './listing.js';

const BY_EXTENSION: { readonly [extension: string]: Json } = {
  csv: 'csv',
  tsv: { type: 'csv', delimiter: '\t' },
};

/** What a recipe that says no `format` means, by the names of its files. Throws CONFIG if that isn't clear. */
export function defaultFormat(files: readonly ListedFile[]): Json {
  const first = files[0]!;
  const format = formatOf(first);
  for (const file of files) {
    if (formatOf(file) === format) continue;
    throw new DatacookError('CONFIG', `${first.path} and ${file.path} are not in the same format.`, {
      hint: 'Say `format`, or give the path of files of one kind.',
    });
  }
  return format;
}

function formatOf({ path }: ListedFile): Json {
  const extension = /\.([^./\\]+)(?:\.gz)?$/i.exec(path)?.[1]?.toLowerCase();
  const format = extension === undefined ? undefined : BY_EXTENSION[extension];
  if (format !== undefined) return format;
  throw new DatacookError('CONFIG', `The name of ${path} doesn't tell its format.`, {
    hint: 'Say `format`, for instance `format: csv`.',
  });
}

/** The types that the format's options declare: they stand above what was inferred, also above what is remembered. */
export function declaredTypes(format: Json): ReadonlyMap<string, DataType> {
  const types = new Map<string, DataType>();
  for (const [name, text] of Object.entries(typesOf(format) ?? {})) {
    if (typeof text === 'string') types.set(name, parseType(text));
  }
  return types;
}

/** The format with the declared types of these columns alone; without any, to see what a file holds of its own. */
export function withTypesOf(format: Json, columns: readonly string[]): Json {
  const types = typesOf(format);
  if (types === undefined) return format;
  const { types: _, ...rest } = format as JsonObject;
  if (columns.length === 0) return rest;
  return { ...rest, types: Object.fromEntries(columns.map((name) => [name, types[name]!])) };
}

function typesOf(format: Json): JsonObject | undefined {
  if (typeof format !== 'object' || format === null || Array.isArray(format)) return undefined;
  const { types } = format as JsonObject;
  return typeof types === 'object' && types !== null && !Array.isArray(types)
    ? (types as JsonObject)
    : undefined;
}
