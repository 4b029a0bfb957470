import type { Batch, DecodeOptions, Format, Schema } from '@datacook/core';
import csvConfig, { type CsvConfig, type CsvOptions } from './config.js';
import { Decoder } from './decoder.js';
import { encodeBatches } from './encoder.js';
import { createTranscoder } from './encoding.js';
import { syntaxError } from './errors.js';

/** Bytes that are taken apart at once, so that a great chunk doesn't become many batches in memory. */
const PIECE = 256 * 1024;

/**
 * The CSV format. Throws a zod error if the options are wrong.
 *
 * @example
 * const format = createCsvFormat({ delimiter: ';', types: { zip: 'utf8' } });
 * for await (const batch of format.decode(createReadStream('a.csv'), { batchRows: 50_000 })) …
 */
export function createCsvFormat(options: CsvOptions = {}): Format {
  return csvFormat(csvConfig.parse(options));
}

/** The CSV format by options that are parsed already. */
export function csvFormat(config: CsvConfig): Format {
  return {
    decode: (bytes, options) => decode(bytes, options, config),
    encode: (batches: AsyncIterable<Batch>, schema: Schema) => encodeBatches(batches, schema, config),
  };
}

async function* decode(
  bytes: AsyncIterable<Uint8Array>,
  options: DecodeOptions,
  config: CsvConfig,
): AsyncGenerator<Batch> {
  const transcoder = createTranscoder(config.encoding);
  const decoder = new Decoder(config, options);
  const first: number[] = [];
  const push = (text: Buffer) => {
    decoder.push(text);
    if (transcoder.isInvalid) throw invalidBytes(decoder.line, config.encoding, first);
  };
  for await (const chunk of bytes) {
    const buffer = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    if (first.length < 2) first.push(...buffer.subarray(0, 2 - first.length));
    for (let at = 0; at < buffer.length; at += PIECE) {
      push(transcoder.push(buffer.subarray(at, at + PIECE)));
      yield* decoder.take();
    }
  }
  push(transcoder.end());
  decoder.end();
  yield* decoder.take();
}

function invalidBytes(line: number, encoding: string, first: readonly number[]) {
  const isLittle = first[0] === 0xff && first[1] === 0xfe;
  const isBig = first[0] === 0xfe && first[1] === 0xff;
  const meant = isLittle ? 'utf-16le' : isBig ? 'utf-16be' : undefined;
  return syntaxError(`the bytes are not valid ${encoding}`, line, {
    hint:
      meant === undefined
        ? 'Say the right `encoding` in `format` (windows-1252 is common), or repair the file.'
        : `The file begins with the mark of ${meant}: say \`encoding: ${meant}\` in \`format\`.`,
  });
}
