import { hash } from 'node:crypto';
import { type Batch, DatacookError, type Field } from '@datacook/core';
import { nullColumn } from '../batch-parts.js';
import { isLed } from './comparable-type.js';
import { ExactSum } from './exact-sum.js';
import { partReader } from './part-reader.js';

/** What a digest says of a bucket, or of a key in it. */
export interface DigestEntry {
  readonly bucket: string;
  readonly rows: number;
  readonly sum: string;
}

/** Hexadecimal digits of a key's MD5 that name its bucket: 4096 buckets. */
export const BUCKET_DIGITS = 3;
const HIGH_DIGITS = 7;
const LOW_DIGITS = 8;

/**
 * Reads the text of a batch's rows: the parts of `fields`, found by name, one behind the other. A column that the batch
 * lacks is NULL.
 */
export function rowTextReader(fields: readonly Field[], batch: Batch): (row: number) => string {
  const parts = fields.map(({ name, type }) => {
    const index = batch.schema.fields.findIndex((field) => field.name === name);
    if (index < 0) return partReader(type, type, nullColumn(type, batch.length));
    return partReader(type, batch.schema.fields[index]!.type, batch.columns[index]!);
  });
  return (row) => {
    let text = '';
    for (const part of parts) text += part(row);
    return text;
  };
}

/** The canonical texts that a row's text is made of; NULL is null. Throws INTERNAL for what is no such text. */
export function rowTextParts(fields: readonly Field[], text: string): readonly (string | null)[] {
  const bytes = Buffer.from(text);
  let at = 0;
  const take = (to: number) => {
    if (to < at || bytes[to] !== 0x2c)
      throw new DatacookError('INTERNAL', `${JSON.stringify(text)} is no text of ${fields.length} columns.`, {
        hint: 'This is a defect of a digest: report it.',
      });
    const part = bytes.toString('utf8', at, to);
    at = to + 1;
    return part;
  };
  return fields.map(({ type }) => {
    if (bytes[at] === 0x7e) return take(at + 1) && null;
    if (!isLed(type)) return take(bytes.indexOf(0x2c, at));
    const colon = bytes.indexOf(0x3a, at);
    const length = Number(bytes.toString('latin1', at, colon));
    at = colon + 1;
    return take(at + length);
  });
}

/** The rows of a bucket or key, and the sum of their hashes. */
class Rows {
  readonly sum = new ExactSum();
  count = 0;

  add(md5: string): void {
    this.count += 1;
    const middle = BUCKET_DIGITS + HIGH_DIGITS;
    const high = Number.parseInt(md5.slice(BUCKET_DIGITS, middle), 16);
    this.sum.add(high, Number.parseInt(md5.slice(middle, middle + LOW_DIGITS), 16));
  }
}

/** The digest of rows that come as batches: the same as a system's own SQL makes of them. */
export class RowDigest {
  readonly #fields: readonly Field[];
  readonly #keys: readonly Field[];
  readonly #wanted: ReadonlySet<string> | undefined;
  readonly #rows = new Map<string, Rows>();

  /** As the parameters of the contract's `Digest`. */
  constructor(fields: readonly Field[], keys: readonly string[], bucket?: string) {
    this.#fields = fields;
    this.#keys = keyFields(fields, keys);
    this.#wanted = bucket === undefined ? undefined : new Set(bucket.split(','));
  }

  add(batch: Batch): void {
    const isWhole = this.#keys === this.#fields;
    const textOf = rowTextReader(this.#fields, batch);
    const keyOf = isWhole ? textOf : rowTextReader(this.#keys, batch);
    for (let row = 0; row < batch.length; row++) {
      const key = keyOf(row);
      const keyHash = hash('md5', key, 'hex');
      const bucket = keyHash.slice(0, BUCKET_DIGITS);
      if (this.#wanted?.has(bucket) === false) continue;
      const name = this.#wanted === undefined ? bucket : key;
      let rows = this.#rows.get(name);
      if (rows === undefined) {
        rows = new Rows();
        this.#rows.set(name, rows);
      }
      rows.add(isWhole ? keyHash : hash('md5', textOf(row), 'hex'));
    }
  }

  *entries(): IterableIterator<DigestEntry> {
    for (const [bucket, { count, sum }] of this.#rows) yield { bucket, rows: count, sum: String(sum) };
  }
}

/** The fields that tell rows apart, in the order of `keys`; all of them where there are none. */
export function keyFields(fields: readonly Field[], keys: readonly string[]): readonly Field[] {
  if (keys.length === 0) return fields;
  return keys.map((name) => {
    const field = fields.find((each) => each.name === name);
    if (field === undefined)
      throw new DatacookError('INTERNAL', `A digest's key ${JSON.stringify(name)} is none of its columns.`, {
        hint: 'This is a defect: report it.',
      });
    return field;
  });
}
