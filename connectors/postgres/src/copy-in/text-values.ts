import type { Column, DataType } from '@datacook/core';
import { columnTextReader, isNull } from '@datacook/toolkit';
import { numericLimits } from '../types/base-types.js';
import { serverTime } from '../types/server-time.js';
import type { TargetForm } from '../types/target-form.js';
import { charByte, TextEncoder, textLimits } from './encoders/bytes-encoders.js';
import { cannotHold } from './encoders/cannot-hold.js';
import { NumericEncoder } from './encoders/numeric-encoder.js';
import { TemporalFaults } from './encoders/temporal-rules.js';

/** What texts are made for, and what errors say of it. */
export interface TextTarget {
  readonly name: string;
  readonly typeSql: string;
  /** As 180004. */
  readonly server: number;
}

/** Reads a row's value as a text of which the server makes just that value; null for NULL. */
type ServerText = (row: number) => string | null;

/** `"char"` beyond ASCII has a text since PostgreSQL 16. */
const KNOWS_CHAR_CODES = 160_000;

/** The texts of a column of `length` values. Throws DATA for one that the target can't hold. */
export function serverTexts(
  target: TextTarget,
  form: TargetForm,
  type: DataType,
  column: Column,
  length: number,
): ServerText {
  if (form.kind === 'array' && type.kind === 'list')
    return arrayTexts(target, form, type.item.type, column, length);
  if (form.kind === 'scalar' && form.wire === 'numeric' && type.kind === 'numeric')
    new NumericEncoder(target.name, { ...target, limits: numericLimits(form.typmod) }).bind(column, length);
  if (type.kind === 'utf8') {
    const limits = form.kind === 'scalar' ? textLimits(form.oid, form.typmod, target.typeSql) : undefined;
    new TextEncoder(target.name, limits).bind(column, length);
  }
  const read = columnTextReader(type, column);
  if (form.kind === 'scalar' && form.wire === 'char') return charTexts(target, read);
  if (type.kind === 'date' || type.kind === 'timestamp' || type.kind === 'time' || type.kind === 'interval') {
    refuseTooFine(target.name, type, column, length);
    return (row) => {
      const text = read(row);
      return text === null ? null : serverTime(text);
    };
  }
  return read;
}

function charTexts({ name, server }: TextTarget, read: ServerText): ServerText {
  return (row) => {
    const text = read(row);
    if (text !== null && charByte(name, text) > 127 && server < KNOWS_CHAR_CODES)
      throw cannotHold(
        name,
        JSON.stringify(text),
        'has no text before PostgreSQL 16',
        'Give the column of the table another type, text or character(1).',
      );
    return text;
  };
}

/** Throws for a value of nanoseconds that isn't whole microseconds: the server would round it. */
function refuseTooFine(name: string, type: DataType, column: Column, length: number): void {
  const isInterval = type.kind === 'interval';
  if (!isInterval && !('unit' in type && type.unit === 'ns')) return;
  const { buffer, byteOffset, byteLength } = column.values ?? new Uint8Array(0);
  const view = new DataView(buffer, byteOffset, byteLength);
  for (let row = 0; row < length; row++) {
    if (isNull(column, row)) continue;
    const units = view.getBigInt64(isInterval ? row * 16 + 8 : row * 8, true);
    if (units % 1000n === 0n || (type.kind === 'timestamp' && isInfinite(units))) continue;
    throw new TemporalFaults(name, type).tooFine(column, row);
  }
}

function isInfinite(units: bigint): boolean {
  return units === 0x7fffffffffffffffn || units === -0x8000000000000000n;
}

function arrayTexts(
  target: TextTarget,
  { element, delimiter }: Extract<TargetForm, { readonly kind: 'array' }>,
  type: DataType,
  column: Column,
  length: number,
): ServerText {
  const offsets = column.offsets ?? new Int32Array(length + 1);
  const items = column.children?.[0] ?? { nullCount: 0 };
  const read = serverTexts(target, element, type, items, offsets[length]!);
  return (row) => {
    if (isNull(column, row)) return null;
    const texts: string[] = [];
    for (let item = offsets[row]!; item < offsets[row + 1]!; item++) {
      const text = read(item);
      texts.push(text === null ? 'NULL' : `"${text.replace(/["\\]/g, '\\$&')}"`);
    }
    return `{${texts.join(delimiter)}}`;
  };
}
