import {
  type Context,
  DatacookError,
  type Format,
  isDatacookError,
  type Json,
  type Schema,
} from '@datacook/core';
import { nearest, typeToString } from '@datacook/toolkit';
import { fileBytes } from './bytes.js';
import type { FileConfig } from './config.js';
import { locateError } from './errors.js';
import { declaredTypes, withTypesOf } from './format-spec.js';
import type { ListedFile } from './listing.js';
import { type ColumnSample, declareTypes, growSchema, sampleColumns, unifySamples } from './unify.js';

/** Rows and bytes of a batch in which a file shows its types. Formats end a batch where their own sample ends. */
const SAMPLE = { batchRows: 1_000_000, batchBytes: 64 * 1024 * 1024 };
/** What is read of a file at once to see its columns alone. */
const PROBE = { batchRows: 64, chunkBytes: 4096 };

/** Finds out which columns files have. */
export class SchemaFinder {
  private readonly context: Context;
  private readonly config: FileConfig;
  private readonly formatSpec: Json;
  private readonly signal: AbortSignal;
  private readonly samples = new Map<string, Promise<readonly ColumnSample[] | undefined>>();

  constructor(context: Context, config: FileConfig, formatSpec: Json, signal: AbortSignal) {
    this.context = context;
    this.config = config;
    this.formatSpec = formatSpec;
    this.signal = signal;
  }

  /** The columns of the first rows of a few files. Undefined: there isn't even a header. Throws what the files do. */
  async infer(files: readonly ListedFile[]): Promise<Schema | undefined> {
    const samples: (readonly ColumnSample[])[] = [];
    for (const file of spread(files, this.config.sample_files)) {
      const sample = await this.sample(file);
      if (sample !== undefined) samples.push(sample);
    }
    return samples.length === 0 ? undefined : unifySamples(samples);
  }

  /**
   * `known` with wider types, and more columns, where a few of the files show that they need them. What can't be loaded
   * with it is an error only where it is read, with the rows before it in place; here it is a warning.
   */
  async grow(known: Schema, files: readonly ListedFile[]): Promise<Schema> {
    const samples = new Map<readonly ColumnSample[], ListedFile>();
    for (const file of spread(files, this.config.sample_files)) {
      const sample = await this.sampleIfGood(file);
      if (sample !== undefined) samples.set(sample, file);
    }
    const { schema, misfits } = growSchema(known, [...samples.keys()]);
    const declared = declaredTypes(this.formatSpec);
    for (const misfit of misfits) {
      if (declared.has(misfit.name)) continue;
      const [, file] = [...samples].find(([sample]) => sample.includes(misfit))!;
      const { type } = known.fields.find(({ name }) => name === misfit.name)!;
      this.context.log(
        'warn',
        `${file.path}: column ${JSON.stringify(misfit.name)} looks like ${typeToString(misfit.type)}, and was ${typeToString(type)} before: a value that isn't one stops the load`,
      );
    }
    return schema;
  }

  /** `known`, and what columns the files have beyond it. Looks at the beginning of every file. */
  async extend(known: Schema | undefined, files: readonly ListedFile[]): Promise<Schema | undefined> {
    let schema = known;
    for (const file of files) {
      const had: Schema | undefined = schema;
      if (had !== undefined && !(await this.hasMore(file, had))) continue;
      const sample = await this.sample(file);
      if (sample === undefined) continue;
      const fresh = sample.filter(({ name }) => !had?.fields.some((field) => field.name === name));
      schema = { fields: [...(had?.fields ?? []), ...unifySamples([fresh]).fields] };
    }
    return schema;
  }

  /** The schema with the declared types. Throws SCHEMA if one is declared for a column that isn't there. */
  declare(schema: Schema): Schema {
    const declared = declaredTypes(this.formatSpec);
    const names = schema.fields.map(({ name }) => name);
    for (const name of declared.keys()) {
      if (names.includes(name)) continue;
      throw unknownColumn(
        `\`types\` declares the column ${JSON.stringify(name)}, which no file has.`,
        name,
        names,
      );
    }
    return declareTypes(schema, declared);
  }

  private sample(file: ListedFile): Promise<readonly ColumnSample[] | undefined> {
    const key = JSON.stringify([file.path, file.size, file.mtimeNs]);
    let sample = this.samples.get(key);
    if (sample === undefined) {
      sample = this.readSample(file);
      this.samples.set(key, sample);
    }
    return sample;
  }

  private async sampleIfGood(file: ListedFile): Promise<readonly ColumnSample[] | undefined> {
    try {
      return await this.sample(file);
    } catch (error) {
      if (!isDatacookError(error) || error.code !== 'DATA') throw error;
      this.context.log('warn', `${error.message} It stops the load`);
      return undefined;
    }
  }

  private async readSample(file: ListedFile): Promise<readonly ColumnSample[] | undefined> {
    const declared = declaredTypes(this.formatSpec);
    const overruled: string[] = [];
    for (;;) {
      try {
        return await this.firstRows(file, withTypesOf(this.formatSpec, overruled));
      } catch (error) {
        // What no type can be inferred from is right where one is declared.
        const column = isDatacookError(error) && error.code === 'DATA' ? error.details['column'] : undefined;
        if (typeof column !== 'string' || !declared.has(column) || overruled.includes(column))
          throw locateError(error, file.path);
        overruled.push(column);
      }
    }
  }

  private async firstRows(file: ListedFile, spec: Json): Promise<readonly ColumnSample[] | undefined> {
    const format = await this.context.format(spec);
    const bytes = fileBytes(file, { compression: this.config.compression, signal: this.signal });
    for await (const batch of format.decode(bytes, SAMPLE)) return sampleColumns(batch);
    return undefined;
  }

  /** Whether a file has columns beyond these: the format says so, as for any other file that doesn't fit. */
  private async hasMore(file: ListedFile, schema: Schema): Promise<boolean> {
    const format: Format = await this.context.format(withTypesOf(this.formatSpec, []));
    const { batchRows, chunkBytes } = PROBE;
    const bytes = fileBytes(file, { compression: this.config.compression, signal: this.signal, chunkBytes });
    try {
      for await (const _ of format.decode(bytes, { batchRows, schema })) break;
    } catch (error) {
      if (isDatacookError(error) && error.code === 'SCHEMA') return true;
      // A value or line that is wrong is reported where it is read, with the rows before it in place.
      if (isDatacookError(error) && error.code === 'DATA') return false;
      throw locateError(error, file.path);
    }
    return false;
  }
}

/** At most `count` of the files: the first, the last, and some at equal distances between them. */
function spread<T>(files: readonly T[], count: number): T[] {
  if (files.length <= count) return [...files];
  if (count === 1) return [files[0]!];
  return Array.from(
    { length: count },
    (_, index) => files[Math.round((index * (files.length - 1)) / (count - 1))]!,
  );
}

/** SCHEMA, with the column that may be meant. */
export function unknownColumn(message: string, name: string, names: readonly string[]): DatacookError {
  const near = nearest(name, names)[0];
  return new DatacookError('SCHEMA', message, {
    hint:
      near === undefined
        ? `There are: ${names.map((column) => JSON.stringify(column)).join(', ')}.`
        : `Is ${JSON.stringify(near)} meant?`,
    details: { column: name },
  });
}
