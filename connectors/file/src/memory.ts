import { DatacookError, type DataType, type Json, type Schema } from '@datacook/core';
import { parseType, typeToString } from '@datacook/toolkit';
import type { ListedFile } from './listing.js';

const VERSION = 1;

/** What the source remembers from one load to the next, and what it plans. All of it is JSON with a version. */
export interface Memory {
  /** Size and time of modification of each file that was loaded, by name. */
  readonly files: ReadonlyMap<string, Seen>;
  readonly schema?: Schema;
}

export interface Seen {
  readonly size: number;
  readonly mtimeNs: string;
}

/** What a partition holds. The path is found anew from the name. */
export type PlannedFile = Omit<ListedFile, 'path'>;

/** What all partitions of a plan share. */
export interface PlanSpec {
  readonly format: Json;
  readonly schema?: Schema;
  /** Only these, in this order. */
  readonly columns?: readonly string[];
  readonly batchRows: number;
  readonly batchBytes: number;
}

/** Rows before `row` of the file with this index of the partition, and the files before it, have been read. */
export interface Place {
  readonly index: number;
  readonly row: number;
}

export function memoryToJson({ files, schema }: Memory): Json {
  return {
    version: VERSION,
    files: Object.fromEntries([...files].map(([name, { size, mtimeNs }]) => [name, [size, mtimeNs]])),
    ...(schema === undefined ? {} : { schema: schemaToJson(schema) }),
  };
}

export function memoryFromJson(json: Json): Memory {
  const { files, schema } = objectOf(json, 'position');
  const seen = new Map<string, Seen>();
  for (const [name, entry] of Object.entries(plainObject(files, 'position'))) {
    const [size, mtimeNs] = listOf(entry, 'position');
    if (typeof size !== 'number' || typeof mtimeNs !== 'string') throw unreadable('position');
    seen.set(name, { size, mtimeNs });
  }
  return { files: seen, ...(schema === undefined ? {} : { schema: schemaFromJson(schema) }) };
}

export function specToJson({ format, schema, columns, batchRows, batchBytes }: PlanSpec): Json {
  return {
    version: VERSION,
    format,
    batchRows,
    batchBytes,
    ...(schema === undefined ? {} : { schema: schemaToJson(schema) }),
    ...(columns === undefined ? {} : { columns }),
  };
}

export function specFromJson(json: Json | undefined): PlanSpec {
  const { format, schema, columns, batchRows, batchBytes } = objectOf(json, 'plan');
  if (format === undefined || typeof batchRows !== 'number' || typeof batchBytes !== 'number')
    throw unreadable('plan');
  return {
    format,
    batchRows,
    batchBytes,
    ...(schema === undefined ? {} : { schema: schemaFromJson(schema) }),
    ...(columns === undefined
      ? {}
      : { columns: listOf(columns, 'plan').map((name) => textOf(name, 'plan')) }),
  };
}

export function filesToJson(files: readonly PlannedFile[]): Json {
  return files.map(({ name, size, mtimeNs }) => ({ path: name, size, mtimeNs }));
}

export function filesFromJson(json: Json): PlannedFile[] {
  return listOf(json, 'plan').map((entry) => {
    const { path, size, mtimeNs } = plainObject(entry, 'plan');
    if (typeof path !== 'string' || typeof size !== 'number' || typeof mtimeNs !== 'string')
      throw unreadable('plan');
    return { name: path, size, mtimeNs };
  });
}

/** The file's name is for those who read the position: messages say it. */
export function placeToJson({ index, row }: Place, files: readonly PlannedFile[]): Json {
  const name = files[index]?.name;
  return { ...(name === undefined ? {} : { file: name.slice(name.indexOf('/') + 1) }), index, row };
}

export function placeFromJson(json: Json | undefined): Place {
  if (json === undefined || json === null) return { index: 0, row: 0 };
  const { index, row } = plainObject(json, 'position');
  if (!isCount(index) || !isCount(row)) throw unreadable('position');
  return { index, row };
}

// Names are kept in a list: an object would put a column called 1 before the others.
function schemaToJson({ fields }: Schema): Json {
  return fields.map(({ name, type }) => [name, typeToString(type)]);
}

function schemaFromJson(json: Json): Schema {
  const fields = listOf(json, 'plan').map((entry) => {
    const [name, type] = listOf(entry, 'plan');
    return fileField(textOf(name, 'plan'), parseType(textOf(type, 'plan')));
  });
  return { fields };
}

/** A column of files: any of them may lack it. */
export function fileField(name: string, type: DataType) {
  return { name, type, nullable: true };
}

function objectOf(json: Json | undefined, what: string): { readonly [key: string]: Json | undefined } {
  const object = plainObject(json, what);
  if (object['version'] === VERSION) return object;
  if (typeof object['version'] === 'number' && object['version'] > VERSION) {
    throw new DatacookError(
      'DATA',
      `The ${what} was written by a newer version of @datacook/connector-file.`,
      {
        hint: 'Upgrade @datacook/connector-file.',
      },
    );
  }
  throw unreadable(what);
}

function plainObject(json: Json | undefined, what: string): { readonly [key: string]: Json | undefined } {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) throw unreadable(what);
  return json as { readonly [key: string]: Json };
}

function listOf(json: Json | undefined, what: string): readonly Json[] {
  if (!Array.isArray(json)) throw unreadable(what);
  return json as readonly Json[];
}

function textOf(json: Json | undefined, what: string): string {
  if (typeof json !== 'string') throw unreadable(what);
  return json;
}

function isCount(json: Json | undefined): json is number {
  return typeof json === 'number' && Number.isSafeInteger(json) && json >= 0;
}

function unreadable(what: string): DatacookError {
  return new DatacookError('DATA', `The ${what} is not one that the file source has written.`, {
    hint: 'Start over with --full-refresh.',
  });
}
