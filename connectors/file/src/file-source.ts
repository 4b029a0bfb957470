import { open } from 'node:fs/promises';
import {
  type Batch,
  type Context,
  DatacookError,
  type Format,
  type Json,
  type Partition,
  type ReadItem,
  type ReadPlan,
  type ReadRequest,
  type Schema,
  type Source,
  type StreamInfo,
} from '@datacook/core';
import { parseDurationMs } from '@datacook/toolkit';
import { fileBytes } from './bytes.js';
import type { FileConfig } from './config.js';
import { fileError, locateError } from './errors.js';
import { declaredTypes, defaultFormat } from './format-spec.js';
import { type ListedFile, type Listing, listFiles, pathOf } from './listing.js';
import {
  filesFromJson,
  type Memory,
  memoryFromJson,
  memoryToJson,
  placeFromJson,
  placeToJson,
  specFromJson,
  specToJson,
} from './memory.js';
import { checkMissing, describeFiles, newFiles, remember } from './new-files.js';
import { partitionFiles } from './partitions.js';
import { type Projection, projectionOf } from './projection.js';
import { SchemaFinder, unknownColumn } from './schema-finder.js';
import { declareTypes } from './unify.js';

/** The name of the one stream. */
const STREAM = 'files';

const NOTHING: Memory = { files: new Map() };

/** What is the same for all partitions of a plan. */
interface Reading {
  readonly format: Format;
  readonly projection: Projection | undefined;
  readonly batchRows: number;
  readonly batchBytes: number;
}

/** Local files as one stream. */
export class FileSource implements Source {
  private readonly patterns: readonly string[];
  private readonly config: FileConfig;
  private readonly context: Context;
  private readonly closing = new AbortController();
  private readonly signal: AbortSignal;
  private readonly finders = new Map<string, SchemaFinder>();
  private readonly readings = new WeakMap<ReadPlan, Promise<Reading>>();
  private planned: Schema | undefined;

  constructor(config: FileConfig, context: Context) {
    if (config.path === undefined) {
      throw new DatacookError(
        'CONFIG',
        `The connection ${JSON.stringify(config.conn_id)} says no \`path\`.`,
        {
          hint: 'Give the connection a `path`, or say it in the recipe.',
        },
      );
    }
    this.patterns = typeof config.path === 'string' ? [config.path] : config.path;
    this.config = config;
    this.context = context;
    this.signal = AbortSignal.any([context.signal, this.closing.signal]);
  }

  /**
   * The one stream. Its schema is that of the last `plan` of this instance, which knows the types that earlier loads
   * had; without one, or if that knew none, it is inferred from all files, as for a first load.
   */
  async streams(): Promise<readonly StreamInfo[]> {
    if (this.planned !== undefined) return [{ name: STREAM, schema: this.planned }];
    const listing = await this.list();
    // Whether files were loaded before, only `plan` knows.
    if (this.config.incremental === undefined) await checkMissing(listing, undefined);
    const { schema } = await this.findSchema(listing.files, undefined, false);
    return [{ name: STREAM, ...(schema && { schema }) }];
  }

  async plan(request: ReadRequest): Promise<ReadPlan> {
    const { incremental } = this.config;
    const before =
      incremental === undefined || request.position === undefined || request.position === null
        ? undefined
        : memoryFromJson(request.position);
    const listing = await this.list();
    await checkMissing(listing, before);
    const files =
      incremental === undefined
        ? listing.files
        : newFiles(
            listing.files,
            before ?? NOTHING,
            parseDurationMs(incremental.settle),
            Date.now(),
            this.context,
          );
    if (files.length > 0) this.context.log('info', describeFiles(files));
    const { format, schema } = await this.findSchema(files, before?.schema, true);
    const { columns, batchRows, batchBytes } = request;
    if (columns !== undefined && schema !== undefined) checkColumns(columns, schema);
    this.planned = schema;

    const next =
      incremental === undefined
        ? NOTHING
        : { files: remember(before ?? NOTHING, files), ...(schema && { schema }) };
    return {
      partitions: partitionFiles(files, request.parallelism),
      spec: specToJson({
        format,
        ...(schema && { schema }),
        ...(columns && { columns }),
        batchRows,
        batchBytes,
      }),
      next: memoryToJson(next),
      restart: 'position',
      keysDisjoint: false,
    };
  }

  async *read(plan: ReadPlan, partition: Partition, from?: Json): AsyncGenerator<ReadItem> {
    const files = filesFromJson(partition.spec);
    const start = placeFromJson(from);
    const reading = await this.reading(plan);
    for (let { index, row } = start; index < files.length; index++, row = 0) {
      const planned = files[index]!;
      const file = { ...planned, path: await pathOf(planned.name, this.patterns) };
      for await (const batch of this.readFile(file, row, reading)) {
        row += batch.length;
        yield { batch, position: placeToJson({ index, row }, files) };
      }
      yield { position: placeToJson({ index: index + 1, row: 0 }, files) };
    }
  }

  async check(): Promise<void> {
    const listing = await this.list();
    await checkMissing(listing, undefined);
    for (const { path } of listing.files) {
      try {
        await (await open(path)).close();
      } catch (error) {
        throw fileError(error, path);
      }
    }
  }

  async close(): Promise<void> {
    this.closing.abort();
  }

  private async *readFile(
    file: ListedFile,
    skipRows: number,
    { format, projection, batchRows, batchBytes }: Reading,
  ): AsyncGenerator<Batch> {
    let last: Batch | undefined;
    try {
      const { compression } = this.config;
      const bytes = fileBytes(file, { compression, signal: this.signal, loadedRows: skipRows });
      const schema = projection && { schema: projection.decoded };
      for await (const batch of format.decode(bytes, { batchRows, batchBytes, skipRows, ...schema })) {
        if (batch.length === 0) continue;
        // One batch is held back, so that the last of a file goes out when the file has proved to be whole.
        if (last !== undefined) yield last;
        last = projection === undefined ? batch : projection.apply(batch);
      }
    } catch (error) {
      throw locateError(error, file.path);
    }
    if (last !== undefined) yield last;
  }

  private reading(plan: ReadPlan): Promise<Reading> {
    let reading = this.readings.get(plan);
    if (reading === undefined) {
      reading = this.openReading(plan);
      this.readings.set(plan, reading);
    }
    return reading;
  }

  private async openReading(plan: ReadPlan): Promise<Reading> {
    const { format: planned, schema, columns, batchRows, batchBytes } = specFromJson(plan.spec);
    // A load that is resumed may do so because its format was put right.
    const spec = this.config.format ?? planned;
    const format = await this.context.format(spec as Json);
    const projection = schema && projectionOf(declareTypes(schema, declaredTypes(spec as Json)), columns);
    return { format, projection, batchRows, batchBytes };
  }

  private async list(): Promise<Listing> {
    try {
      return await listFiles(this.patterns, this.signal);
    } catch (error) {
      throw fileError(error, this.patterns.join(', '), this.signal);
    }
  }

  /** The schema of files, with what is known of the stream already, and the format that they are in. */
  private async findSchema(
    files: readonly ListedFile[],
    known: Schema | undefined,
    all: boolean,
  ): Promise<{ readonly format: Json; readonly schema?: Schema }> {
    const given = this.config.format as Json | undefined;
    if (files.length === 0) {
      const schema = known && declareTypes(known, declaredTypes(given ?? null));
      return { format: given ?? null, ...(schema && { schema }) };
    }
    const format = given ?? defaultFormat(files);
    const finder = this.finder(format);
    let schema = known === undefined ? await finder.infer(files) : await finder.grow(known, files);
    if (all) schema = await finder.extend(schema, files);
    return { format, ...(schema && { schema: finder.declare(schema) }) };
  }

  private finder(format: Json): SchemaFinder {
    const key = JSON.stringify(format);
    let finder = this.finders.get(key);
    if (finder === undefined) {
      finder = new SchemaFinder(this.context, this.config, format, this.signal);
      this.finders.set(key, finder);
    }
    return finder;
  }
}

function checkColumns(columns: readonly string[], schema: Schema): void {
  const names = schema.fields.map(({ name }) => name);
  for (const name of columns) {
    if (names.includes(name)) continue;
    throw unknownColumn(`\`columns\` names ${JSON.stringify(name)}, which no file has.`, name, names);
  }
}
