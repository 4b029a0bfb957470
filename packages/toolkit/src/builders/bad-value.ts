import { DatacookError, type DataType } from '@datacook/core';
import { typeToString } from '../type-text.js';

const LONGEST = 60;

/** A value for a message: short, whatever it is. */
function showValue(value: unknown): string {
  let text: string;
  if (typeof value === 'string') {
    const shown = JSON.stringify(value.slice(0, LONGEST));
    return value.length > LONGEST ? `${shown}… (${value.length} characters)` : shown;
  }
  if (typeof value === 'bigint') text = `${value}n`;
  else if (value instanceof Date)
    text = Number.isNaN(value.getTime()) ? 'An invalid Date' : value.toISOString();
  else if (Array.isArray(value)) text = `An array of ${value.length}`;
  else if (ArrayBuffer.isView(value)) text = `${value.byteLength} bytes`;
  else if (typeof value === 'object' && value !== null) text = `An object (${Object.keys(value).join(', ')})`;
  else text = Object.is(value, -0) ? '-0' : String(value);
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}

/** What `append` throws. */
export function badValue(type: DataType, value: unknown, hint?: string): DatacookError {
  return new DatacookError(
    'DATA',
    `${showValue(value)} is no ${typeToString(type)}.`,
    hint === undefined ? {} : { hint },
  );
}
