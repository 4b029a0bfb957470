import { type Batch, DatacookError, type Schema } from '@datacook/core';
import { columnTextReader } from '@datacook/toolkit';
import type { CsvConfig } from './config.js';
import { shorten } from './errors.js';

/** Characters that are handed on at once, about. */
const PIECE = 256 * 1024;

type TextReader = (row: number) => string | null;

/**
 * CSV text of batches: the header, then a line a row, each ended by a line feed. NULL is the first of `null_values`,
 * unquoted; what would read as anything else than itself is quoted.
 */
export async function* encodeBatches(
  batches: AsyncIterable<Batch>,
  schema: Schema,
  config: CsvConfig,
): AsyncGenerator<Uint8Array> {
  const encoding = new TextDecoder(config.encoding).encoding;
  if (encoding !== 'utf-8') {
    throw new DatacookError('UNSUPPORTED', `CSV is written as utf-8 only, not as ${encoding}.`, {
      hint: 'Leave out `encoding`.',
    });
  }
  const quote = quoter(config);
  let piece = config.header ? `${schema.fields.map(({ name }) => quote(name)).join(config.delimiter)}\n` : '';
  let last: Schema | undefined;
  let places: number[] = [];
  for await (const batch of batches) {
    if (batch.schema !== last) {
      last = batch.schema;
      places = placesOf(batch.schema, schema);
    }
    const readers = places.map((place): TextReader => {
      if (place === -1) return () => null;
      return columnTextReader(batch.schema.fields[place]!.type, batch.columns[place]!);
    });
    for (let row = 0; row < batch.length; row++) {
      for (let index = 0; index < readers.length; index++) {
        const text = readers[index]!(row);
        if (index > 0) piece += config.delimiter;
        piece += text === null ? nullText(config, schema, index) : quote(text);
      }
      piece += '\n';
      if (piece.length >= PIECE) {
        yield Buffer.from(piece);
        piece = '';
      }
    }
  }
  if (piece !== '') yield Buffer.from(piece);
}

/** For each field of the table's schema its place in the batch, or -1. */
function placesOf(batch: Schema, schema: Schema): number[] {
  const extra = batch.fields.find((field) => !schema.fields.some(({ name }) => name === field.name));
  if (extra !== undefined) {
    throw new DatacookError(
      'SCHEMA',
      `A batch has the column ${JSON.stringify(extra.name)}, which the file lacks.`,
      {
        details: { column: extra.name },
      },
    );
  }
  return schema.fields.map(({ name }) => batch.fields.findIndex((field) => field.name === name));
}

function nullText(config: CsvConfig, schema: Schema, index: number): string {
  const text = config.null_values[0];
  if (text !== undefined) return text;
  const column = schema.fields[index]!.name;
  throw new DatacookError(
    'DATA',
    `Column ${JSON.stringify(column)} holds NULL, for which \`null_values\` gives no text.`,
    {
      hint: 'Say `null_values: [""]` in `format`.',
      details: { column },
    },
  );
}

function quoter(config: CsvConfig): (text: string) => string {
  const { quote, delimiter, comment, trim } = config;
  const isNull = new Set(config.null_values);
  const needsQuotes = (text: string) =>
    isNull.has(text) ||
    text === '' ||
    text.includes(delimiter) ||
    /[\r\n]/.test(text) ||
    text.startsWith('\ufeff') ||
    endsIntoDelimiter(text, delimiter) ||
    (comment !== undefined && text.startsWith(comment)) ||
    (trim && text.trim() !== text);

  if (typeof quote !== 'string') {
    return (text) => {
      const isEmptyText = text === '' && !isNull.has('');
      if (!isEmptyText && needsQuotes(text)) {
        throw new DatacookError('DATA', `${JSON.stringify(shorten(text))} can't be written without quotes.`, {
          hint: 'Give a `quote` in `format`.',
        });
      }
      return text;
    };
  }
  const escaping = config.escape ?? quote;
  return (text) => {
    const hasQuote = text.includes(quote);
    if (!hasQuote && !needsQuotes(text)) return text;
    if (!hasQuote && !text.includes(escaping)) return quote + text + quote;
    let escaped = escaping === quote ? text : text.replaceAll(escaping, escaping + escaping);
    escaped = escaped.replaceAll(quote, escaping + quote);
    return quote + escaped + quote;
  };
}

/** With a delimiter of several characters the end of a value and the delimiter behind it may hold one too early. */
function endsIntoDelimiter(text: string, delimiter: string): boolean {
  for (let length = 1; length < delimiter.length; length++) {
    if (text.endsWith(delimiter.slice(0, length))) return true;
  }
  return false;
}
