import { DatacookError } from '@datacook/core';
import { syntaxError } from './errors.js';
import { createParserCore, type Dialect, type ParserCore } from './parser-core.js';

/** A record longer than this is refused: most likely a quote that is never closed. */
const LONGEST_FIELD = 256 * 1024 * 1024;

const LF = 10;
const CR = 13;

export interface TokenizerOptions extends Dialect {
  /** Unquoted fields that are NULL. */
  readonly nullValues: readonly string[];
  /**
   * Called with each record. `fields` is only valid during the call; `line` is the physical line where the record
   * begins; `blank` says that the line holds nothing at all.
   */
  onRecord(fields: readonly (string | null)[], line: number, blank: boolean): void;
}

/** Splits UTF-8 bytes into records, synchronously. Throws DATA with `details.line`. */
export class Tokenizer {
  /** Whether fields may be NULL. Off where a header is read: a column may be called NA. */
  readsNulls = true;
  private readonly core: ParserCore;
  private readonly options: TokenizerOptions;
  private readonly nullValues: ReadonlySet<string>;
  private readonly longestNull: number;
  private readonly emptyIsNull: boolean;
  private readonly trim: boolean;
  /** The length grows with each field; those beyond the greatest width are counted, not kept. */
  private readonly fields: (string | null)[] = [];
  private found = 0;
  private keeps = Number.POSITIVE_INFINITY;
  /** Breaks before the current record, but for comments. */
  private breaks = 0;
  private hasQuotedBreak = false;
  private lastIsBare = true;
  private checksBreaks = false;
  private watchesNul = false;
  private isStray = false;

  constructor(options: TokenizerOptions) {
    const core = createParserCore(options);
    if (core === undefined) throw wrongParser();
    this.core = core;
    this.options = options;
    this.nullValues = new Set(options.nullValues);
    this.longestNull = Math.max(-1, ...options.nullValues.map((text) => text.length));
    this.emptyIsNull = this.nullValues.has('');
    this.trim = options.trim;
    core.__onField = () => this.onField();
    core.__onRecord = () => this.onRecord();
    const compareBytes = core.__compareBytes;
    // It would take a comment right behind a closing quote for the end of the field, and then for its contents.
    core.__compareBytes = (source, target, position, first) =>
      core.state.quoting || core.state.wasQuoting
        ? 0
        : compareBytes.call(core, source, target, position, first);
  }

  /** Bytes before the end of the last field or record. */
  get bytes(): number {
    return this.core.info.bytes;
  }

  /** The physical line, from 1, where the record begins that is being read. */
  get recordLine(): number {
    return this.breaks + this.core.info.comment_lines + 1;
  }

  /** The physical line that what was pushed so far ends in. */
  get endLine(): number {
    const { field, previousBuf = Buffer.alloc(0) } = this.core.state;
    const pending = [
      ...this.fields,
      field.buf.toString('latin1', 0, field.length),
      previousBuf.toString('latin1'),
    ];
    return pending.reduce((line, text) => line + countBreaks(text ?? '', this.lineBreak), this.recordLine);
  }

  /** From the next record on, more fields than `width` are counted but not kept. */
  expect(width: number): void {
    this.keeps = width;
  }

  /** How many fields the record has that `onRecord` is called with. */
  get fieldCount(): number {
    return this.found;
  }

  push(chunk: Buffer): void {
    this.watch(chunk);
    if (this.core.options.record_delimiter.length > 0) {
      this.checksBreaks ||= this.hasOddBreaks(chunk);
      this.run(chunk, false);
    } else {
      const pending = this.core.state.previousBuf;
      this.checksBreaks = true;
      this.run(chunk, false);
      if (this.core.options.record_delimiter.length > 0) {
        this.checksBreaks = this.hasOddBreaks(chunk) || (pending !== undefined && this.hasOddBreaks(pending));
      }
    }
    if (this.core.state.field.length > LONGEST_FIELD) {
      throw syntaxError(`a value is longer than ${LONGEST_FIELD / 1024 / 1024} MiB`, this.recordLine, {
        hint: 'Perhaps a quote in this record is never closed.',
      });
    }
  }

  end(): void {
    this.run(undefined, true);
  }

  private run(chunk: Buffer | undefined, end: boolean): void {
    const error = this.core.parse(chunk, end, ignore, ignore);
    if (error !== undefined) throw this.mapError(error);
  }

  private onField(): undefined {
    const { state } = this.core;
    const { field } = state;
    const { length } = field;
    const isQuoted = state.wasQuoting;
    state.wasQuoting = false;
    field.length = 0;
    if (this.isStray) throw this.strayAfterQuote('\0');
    // csv-parse asks for the length of its own record to know where comments may begin.
    if (this.found++ === 0) state.record.push(null);
    if (this.found > this.keeps) return;

    if (length === 0) {
      this.lastIsBare = !isQuoted;
      this.fields.push(!isQuoted && this.emptyIsNull && this.readsNulls ? null : '');
      return;
    }
    this.lastIsBare = false;
    let text = field.buf.toString('utf8', 0, length);
    if (isQuoted) {
      if (text.includes('\n') || text.includes('\r')) this.hasQuotedBreak = true;
      this.fields.push(text);
      return;
    }
    if (this.trim) text = text.trimEnd();
    if (this.checksBreaks && (text.includes('\n') || text.includes('\r'))) throw this.oddBreak(text);
    const isNull = this.readsNulls && text.length <= this.longestNull && this.nullValues.has(text);
    this.fields.push(isNull ? null : text);
  }

  private onRecord(): undefined {
    const { state } = this.core;
    const blank = this.found === 1 && this.lastIsBare;
    this.options.onRecord(this.fields, this.recordLine, blank);
    this.breaks++;
    if (this.hasQuotedBreak) {
      this.hasQuotedBreak = false;
      for (const text of this.fields) {
        if (text !== null) this.breaks += countBreaks(text, this.lineBreak);
      }
    }
    this.fields.length = 0;
    this.found = 0;
    state.record.length = 0;
  }

  private get lineBreak(): string {
    const delimiter = this.core.options.record_delimiter[0];
    return delimiter?.length === 1 && delimiter[0] === CR ? '\r' : '\n';
  }

  /** Whether an unquoted field could hold a line end of another kind than the file's. */
  private hasOddBreaks(chunk: Buffer): boolean {
    const delimiter = this.core.options.record_delimiter[0]!;
    if (delimiter.length > 1) return true;
    return chunk.includes(delimiter[0] === LF ? CR : LF);
  }

  /** csv-parse takes a NUL behind a closing quote for the end of the data. */
  private watch(chunk: Buffer): void {
    if (this.watchesNul || !chunk.includes(0)) return;
    this.watchesNul = true;
    const { state } = this.core;
    const { field } = state;
    const append = field.append.bind(field);
    field.append = (byte) => {
      if (state.wasQuoting) this.isStray = true;
      append(byte);
    };
  }

  private oddBreak(text: string): DatacookError {
    const isReturn = !text.includes('\n');
    return syntaxError(
      `a ${isReturn ? 'carriage return' : 'line feed'} stands in an unquoted value, but the lines of this file end with ${lineEndName(this.core.options.record_delimiter[0])}`,
      this.recordLine,
      { hint: 'Quote the value, or make all line ends of the file alike.', details: { field: this.found } },
    );
  }

  private strayAfterQuote(found: string): DatacookError {
    return syntaxError(
      `field ${this.found + 1}: behind a closing quote stands ${JSON.stringify(found)}, not the delimiter or the end of the line`,
      this.recordLine,
      {
        hint: 'Double a quote that belongs to the value, or say what `quote`, `escape` and `delimiter` are in `format`.',
        details: { field: this.found + 1 },
      },
    );
  }

  private mapError(error: Error): DatacookError {
    const code = (error as { code?: unknown }).code;
    const field = this.found + 1;
    if (code === 'CSV_QUOTE_NOT_CLOSED') {
      return syntaxError(`field ${field}: the quote that opens the value is never closed`, this.recordLine, {
        hint: 'Close it, or say `quote: false` in `format` if quotes are ordinary characters in this file.',
        details: { field },
      });
    }
    if (code === 'CSV_INVALID_CLOSING_QUOTE' || code === 'CSV_NON_TRIMABLE_CHAR_AFTER_CLOSING_QUOTE') {
      const found = /got "(.)"/su.exec(error.message)?.[1];
      return this.strayAfterQuote(found ?? 'something');
    }
    if (code === 'INVALID_OPENING_QUOTE') {
      return syntaxError(`field ${field}: a quote stands inside an unquoted value`, this.recordLine, {
        hint: 'Enclose the whole value in quotes and double the inner one, or say `quote: false` in `format` if quotes are ordinary characters in this file.',
        details: { field },
      });
    }
    return new DatacookError('INTERNAL', `csv-parse failed: ${error.message}`, { cause: error });
  }
}

function ignore(): void {}

function countBreaks(text: string, lineBreak: string): number {
  let count = 0;
  for (let at = text.indexOf(lineBreak); at !== -1; at = text.indexOf(lineBreak, at + 1)) count++;
  return count;
}

function lineEndName(delimiter: Uint8Array | undefined): string {
  if (delimiter === undefined) return 'another one';
  if (delimiter.length > 1) return 'a carriage return and a line feed';
  return delimiter[0] === LF ? 'a line feed' : 'a carriage return';
}

function wrongParser(): DatacookError {
  return new DatacookError(
    'INTERNAL',
    'The installed csv-parse is not the version that @datacook/format-csv needs.',
    {
      hint: 'Install csv-parse 7.0.3; look for `overrides` or `resolutions` of it in package.json.',
    },
  );
}

let isChecked = false;

/** Tests once a process, in microseconds, that csv-parse behaves as this code expects. Throws INTERNAL otherwise. */
export function checkParser(): void {
  if (isChecked) return;
  const text = Buffer.from('#1\na,"b ""\n"\r\n\r\n"", \n#2,\n"#3",x\r\n'.replaceAll('\r\n', '\n'));
  const want = '2:a|b "\n;4:~!;5:| ;7:#3|x;';
  for (const size of [1, text.length]) {
    let seen = '';
    const tokenizer = new Tokenizer({
      delimiter: ',',
      quote: '"',
      escape: '"',
      comment: '#',
      trim: false,
      nullValues: [''],
      onRecord: (fields, line, blank) => {
        seen += `${line}:${fields.map((field) => field ?? '~').join('|')}${blank ? '!' : ''};`;
      },
    });
    tokenizer.expect(2);
    for (let at = 0; at < text.length; at += size) tokenizer.push(text.subarray(at, at + size));
    tokenizer.end();
    if (seen !== want || tokenizer.bytes !== text.length) throw wrongParser();
  }
  isChecked = true;
}
