import type { Field } from '@datacook/core';
import { quoteLiteral } from '../sql-text.js';
import { isLed } from './comparable-type.js';
import { BUCKET_DIGITS, keyFields } from './row-digest.js';

/** What differs between systems. All are SQL of SQL. */
export interface DigestDialect {
  /** The type of texts. */
  readonly text: string;
  /** A text's length in bytes of UTF-8, as a text. */
  byteLength(text: string): string;
  /** The MD5 of a text's UTF-8 in lower hexadecimal. */
  md5(text: string): string;
  /** The number in 15 hexadecimal digits. */
  hexToInteger(digits: string): string;
}

/** What is digested. */
export interface DigestQuery {
  readonly fields: readonly Field[];
  readonly keys: readonly string[];
  /** As in the contract's `Digest`. */
  readonly bucket: string | undefined;
  /** A table, with a condition if need be: what stands behind FROM. */
  readonly from: string;
  /** The canonical text of a field's value; NULL for NULL. */
  canonical(field: Field): string;
}

/** A value's part of a row's text: NULL is `~`, a comma ends it, what may hold any sign is led by its length. */
export function partSql(dialect: DigestDialect, field: Pick<Field, 'type'>, text: string): string {
  const led = isLed(field.type) ? `${dialect.byteLength(text)} || ':' || ${text}` : text;
  return `coalesce(${led}, '~') || ','`;
}

/** The statement of a digest: three columns of texts, `bucket`, `rows` and `sum`. */
export function digestSql(dialect: DigestDialect, query: DigestQuery): string {
  const { fields, keys, bucket, from, canonical } = query;
  const rowText = (some: readonly Field[]) =>
    some.map((field) => partSql(dialect, field, canonical(field))).join(' || ');
  const chosen = keyFields(fields, keys);
  const isWhole = chosen === fields;
  const key = bucket === undefined ? '' : ', k';
  const hashes = isWhole ? `${dialect.md5('k')} as h` : `${dialect.md5('k')} as b, ${dialect.md5('r')} as h`;
  const name = `substr(${isWhole ? 'h' : 'b'}, 1, ${BUCKET_DIGITS})`;
  const texts = `select ${rowText(chosen)} as k${isWhole ? '' : `, ${rowText(fields)} as r`} from ${from}`;
  const hashed = `select ${hashes}${key} from (${texts}) as texts`;
  const sum = `sum(${dialect.hexToInteger(`substr(h, ${BUCKET_DIGITS + 1}, 15)`)})::${dialect.text} as sum`;
  const where =
    bucket === undefined ? '' : ` where ${name} in (${bucket.split(',').map(quoteLiteral).join(', ')})`;
  return (
    `select ${bucket === undefined ? name : 'k'} as bucket, count(*)::${dialect.text} as rows, ${sum} ` +
    `from (${hashed}) as hashes${where} group by 1`
  );
}
