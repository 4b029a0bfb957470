import { randomBytes } from 'node:crypto';
import { DatacookError, type Json } from '@datacook/core';

/** The JSON text of a value that a state backend keeps. Throws INTERNAL where JSON would change it silently. */
export function stateText(value: Json): string {
  assertJson(value, 'value');
  return JSON.stringify(value);
}

/**
 * The version of a state's record that follows another: a number for people to compare, and a random part, so that none is ever given
 * twice, not even after the record was deleted.
 */
export function nextStateVersion(current: string | undefined): string {
  const count = Number.parseInt(current ?? '0', 10);
  return `${Number.isSafeInteger(count) ? count + 1 : 1}-${randomBytes(10).toString('hex')}`;
}

function assertJson(value: unknown, path: string): void {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return;
  if (typeof value === 'number' && Number.isFinite(value)) return;
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) assertJson(value[index], `${path}[${index}]`);
    return;
  }
  if (typeof value === 'object' && isPlain(value)) {
    for (const [name, item] of Object.entries(value)) assertJson(item, `${path}.${name}`);
    return;
  }
  const what =
    typeof value === 'object' ? `a ${value?.constructor?.name}` : `${typeof value} ${String(value)}`;
  throw new DatacookError('INTERNAL', `A state's ${path} is not JSON: ${what}`);
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
