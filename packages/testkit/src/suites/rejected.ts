import assert from 'node:assert/strict';
import { type DatacookError, type ErrorCode, isDatacookError } from '@datacook/core';

/** The error that a promise ends with, of one of these codes. Rejects if it ends otherwise. */
export async function rejected(
  promise: Promise<unknown>,
  ...codes: readonly ErrorCode[]
): Promise<DatacookError> {
  let value: unknown;
  try {
    value = await promise;
  } catch (error) {
    if (!isDatacookError(error)) throw error;
    assert.ok(
      codes.includes(error.code),
      `expected ${codes.join(' or ')}, got ${error.code}: ${error.message}`,
    );
    return error;
  }
  return assert.fail(`expected ${codes.join(' or ')}, but it succeeded: ${JSON.stringify(value)}`);
}

/** The keys that a backend lists, sorted. */
export async function keysOf(keys: AsyncIterable<string>): Promise<string[]> {
  const found: string[] = [];
  for await (const key of keys) found.push(key);
  return found.sort();
}
