import { type Batch, DatacookError, type DataType, type DecodeOptions, type Schema } from '@datacook/core';
import { BatchBuilder, TypeInference, typeToString, widenType } from '@datacook/toolkit';
import { columnNames, csvField, declaredTypes, matchColumns } from './columns.js';
import type { CsvConfig } from './config.js';
import { shorten, syntaxError } from './errors.js';
import { isExactDouble, isInDoubleRange } from './exact-double.js';
import { checkParser, Tokenizer } from './tokenizer.js';

/** A sample for inference ends with the row that brings it past this, whatever `sample_rows` is. */
const SAMPLE_BYTES = 32 * 1024 * 1024;
/** The bytes of a batch where the caller doesn't say. */
const BATCH_BYTES = 16 * 1024 * 1024;

const UTF8: DataType = { kind: 'utf8' };

type Fields = readonly (string | null)[];

interface SampledRow {
  readonly fields: Fields;
  readonly line: number;
}

/** Makes batches of the records of one file. Bytes go in with `push`; what is ready comes out of `take`. */
export class Decoder {
  private readonly config: CsvConfig;
  private readonly options: DecodeOptions;
  private readonly tokenizer: Tokenizer;
  private names: readonly string[] | undefined;
  private sample: SampledRow[] | undefined;
  private inferred = false;
  private schema: Schema | undefined;
  private sources: Int32Array = new Int32Array(0);
  private builder: BatchBuilder | undefined;
  /** What holds for the texts of fields whose type nobody has declared. */
  private checks: readonly (((text: string) => boolean) | undefined)[] = [];
  private readonly batchBytes: number;
  /** What a row takes in columns of fixed width. */
  private rowBytes = 0;
  private toSkip: number;
  private batchStart = 0;
  private ready: Batch[] = [];
  private hasYielded = false;

  constructor(config: CsvConfig, options: DecodeOptions) {
    checkParser();
    this.config = config;
    this.options = options;
    this.toSkip = options.skipRows ?? 0;
    this.batchBytes = options.batchBytes ?? BATCH_BYTES;
    const quote = typeof config.quote === 'string' ? config.quote : null;
    this.tokenizer = new Tokenizer({
      delimiter: config.delimiter,
      quote,
      escape: quote === null ? null : (config.escape ?? quote),
      comment: config.comment,
      trim: config.trim,
      nullValues: config.null_values,
      onRecord: (fields, line, blank) => this.onRecord(fields, line, blank),
    });
    this.tokenizer.readsNulls = !config.header;
    if (!config.header && config.columns !== undefined) this.begin(config.columns);
  }

  /** The physical line that what was pushed so far ends in. */
  get line(): number {
    return this.tokenizer.endLine;
  }

  push(bytes: Buffer): void {
    this.tokenizer.push(bytes);
  }

  /** What is left at the end of the file; a batch without rows if the columns are known and nothing else came. */
  end(): void {
    this.tokenizer.end();
    if (this.sample !== undefined) this.endSample();
    if (this.builder !== undefined && (this.builder.length > 0 || !this.hasYielded)) this.flush();
  }

  take(): Batch[] {
    const { ready } = this;
    if (ready.length > 0) this.ready = [];
    return ready;
  }

  private onRecord(fields: Fields, line: number, blank: boolean): void {
    if (this.names === undefined) {
      if (blank && this.config.header) return;
      this.begin(columnNames(this.config, fields, line));
      if (this.config.header) return;
    }
    const { length: width } = this.names!;
    if (blank && width > 1) return;
    if (this.tokenizer.fieldCount !== width) throw this.ragged(line);

    if (this.sample !== undefined) {
      this.sample.push({ fields: fields.slice(), line });
      const isFull = this.sample.length >= this.config.sample_rows || this.tokenizer.bytes >= SAMPLE_BYTES;
      if (isFull) this.endSample();
      return;
    }
    this.addRow(fields, line);
    this.flushIfFull(this.tokenizer.bytes);
  }

  private begin(names: readonly string[]): void {
    this.names = names;
    this.tokenizer.expect(names.length);
    this.tokenizer.readsNulls = true;
    const { schema } = this.options;
    if (schema === undefined) {
      declaredTypes(this.config, names);
      this.sample = [];
    } else {
      this.sources = matchColumns(schema, names);
      this.setSchema(schema);
    }
  }

  private endSample(): void {
    const sample = this.sample!;
    this.sample = undefined;
    this.inferred = true;
    const names = this.names!;
    const declared = declaredTypes(this.config, names);
    const fields = names.map((name, index) => {
      const type = declared.get(name) ?? inferColumn(sample, index);
      return csvField(name, type);
    });
    this.sources = Int32Array.from(names, (_, index) => index);
    this.setSchema({ fields });
    let bytes = 0;
    for (const { fields: row, line } of sample) {
      this.addRow(row, line);
      for (const text of row) bytes += text?.length ?? 0;
      this.flushIfFull(this.batchStart + bytes);
      if (this.builder!.length === 0) bytes = 0;
    }
    if (this.builder!.length > 0) this.flush();
  }

  private setSchema(schema: Schema): void {
    this.schema = schema;
    this.builder = new BatchBuilder(schema);
    this.checks = schema.fields.map(({ name, type }) =>
      Object.hasOwn(this.config.types, name) ? undefined : checkOf(type),
    );
    this.batchStart = this.tokenizer.bytes;
    for (const { type } of schema.fields) {
      if (type.kind === 'int' || type.kind === 'float') this.rowBytes += type.bits / 8;
      else if (type.kind === 'uuid' || type.kind === 'interval' || type.kind === 'decimal')
        this.rowBytes += 16;
      else this.rowBytes += 4;
    }
  }

  private addRow(fields: Fields, line: number): void {
    if (this.toSkip > 0) {
      this.toSkip--;
      this.batchStart = this.tokenizer.bytes;
      return;
    }
    const builder = this.builder!;
    const { columns } = builder;
    const { sources } = this;
    for (let index = 0; index < sources.length; index++) {
      const source = sources[index]!;
      const text = source === -1 ? null : fields[source]!;
      if (text === null) {
        if (!this.schema!.fields[index]!.nullable) throw this.unexpectedNull(index, line);
        columns[index]!.appendNull();
      } else if (!columns[index]!.appendText(text) || this.checks[index]?.(text) === false) {
        throw this.misfit(index, text, line);
      }
    }
    builder.endRow();
  }

  private flushIfFull(bytes: number): void {
    const { length } = this.builder!;
    if (
      length >= this.options.batchRows ||
      (length > 0 && Math.max(bytes - this.batchStart, length * this.rowBytes) >= this.batchBytes)
    ) {
      this.flush();
    }
  }

  private flush(): void {
    this.ready.push(this.builder!.finish());
    this.hasYielded = true;
    this.batchStart = this.tokenizer.bytes;
  }

  private ragged(line: number): DatacookError {
    const expected = this.names!.length;
    const found = this.tokenizer.fieldCount;
    return syntaxError(
      `the row has ${found} ${found === 1 ? 'field' : 'fields'}, expected are ${expected}`,
      line,
      {
        hint: 'Quote a value that holds the delimiter or a line end, or say the right `delimiter` and `quote` in `format`.',
        details: { expected, found },
      },
    );
  }

  private misfit(index: number, text: string, line: number): DatacookError {
    const { name, type } = this.schema!.fields[index]!;
    const typeText = typeToString(type);
    const origin = this.inferred ? `inferred from the first rows` : '';
    const value = shorten(text);
    const isBeyond = type.kind === 'numeric' && !isInDoubleRange(text);
    const fitting = isBeyond ? UTF8 : (widenType(type, inferType([text])) ?? UTF8);
    const declaring = `Declare \`types: { ${yamlKey(name)}: ${typeToString(fitting)} }\` in \`format\``;
    return new DatacookError(
      'DATA',
      isBeyond
        ? `Column ${JSON.stringify(name)} holds ${JSON.stringify(value)}, which is beyond the range of float64.`
        : `Column ${JSON.stringify(name)} is ${typeText}${origin && ` (${origin})`}, which can't hold ${JSON.stringify(value)}.`,
      {
        hint: `${declaring}${isBeyond ? ', or numeric if the destination has numbers of any length' : ''}. Or correct the line; if the file was loaded in part by then, everything must be loaded anew with --full-refresh.`,
        details: { column: name, type: typeText, value, line },
      },
    );
  }

  private unexpectedNull(index: number, line: number): DatacookError {
    const { name } = this.schema!.fields[index]!;
    return syntaxError(`column ${JSON.stringify(name)} must not be NULL`, line, {
      details: { column: name },
    });
  }
}

/** No digit is lost in float64; and numeric isn't what one number of hundreds of digits makes of a column. */
function checkOf(type: DataType): ((text: string) => boolean) | undefined {
  if (type.kind === 'float' && type.bits === 64) return isExactDouble;
  return type.kind === 'numeric' ? isInDoubleRange : undefined;
}

function inferColumn(sample: readonly SampledRow[], index: number): DataType {
  return inferType(sample.map(({ fields }) => fields[index]!));
}

function inferType(texts: readonly (string | null)[]): DataType {
  const inference = new TypeInference();
  for (const text of texts) {
    if (text === null) inference.observeNull();
    else inference.observe(text);
  }
  return inference.type();
}

function yamlKey(name: string): string {
  return /^[A-Za-z_][\w-]*$/.test(name) ? name : JSON.stringify(name);
}
