import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { keyToStored, prefixToStored, storedToKey } from '../src/stored-key.js';

const RUNS = { seed: 8, numRuns: 5_000 };
const unit = fc.oneof(
  fc.constantFrom('\\', '\0', '0', 'u', 'd83d', '\ud83d', '\ude00', '😀', 'a'),
  fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
);
const key = fc.array(unit, { maxLength: 8 }).map((parts) => parts.join(''));

describe('keyToStored', () => {
  test('leaves ordinary keys as they are', () => {
    expect(keyToStored('heads/load_orders/Ä 😀 %_')).toBe('heads/load_orders/Ä 😀 %_');
    expect(keyToStored('a\0b\\c\ud83d')).toBe('a\\0b\\\\c\\ud83d');
  });

  test('makes of every key a text of its own that Postgres can hold', () => {
    fc.assert(
      fc.property(key, (text) => {
        const stored = keyToStored(text);
        expect(storedToKey(stored)).toBe(text);
        expect(Buffer.from(stored).toString()).toBe(stored);
        expect(stored).not.toContain('\0');
      }),
      RUNS,
    );
  });
});

describe('prefixToStored', () => {
  test('is a beginning of the stored form of every key that has the prefix', () => {
    fc.assert(
      fc.property(key, fc.nat(20), (text, length) => {
        expect(keyToStored(text).startsWith(prefixToStored(text.slice(0, length)))).toBe(true);
      }),
      RUNS,
    );
  });
});
