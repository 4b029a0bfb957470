import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fileNameToKey, keyToFileName } from '../src/file-name.js';

const RUNS = { seed: 8, numRuns: 5_000 };
const key = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({
    unit: fc.constantFrom('a', 'A', 'é', 'e\u0301', '.', '/', '\\', '%', '~', '\ud800', '\udc00', ' ', '\0'),
  }),
  fc.string({ unit: 'binary', minLength: 100, maxLength: 300 }),
  fc.constantFrom('', '.', '..', 'con', 'CON', 'com1', 'nul', 'lock', 'a.json', 'a.json.previous'),
);

describe('keyToFileName', () => {
  test('leaves ordinary keys readable', () => {
    expect(keyToFileName('load_orders-2')).toBe('load_orders-2');
    expect(keyToFileName('orders/Ä')).toBe('orders%2f%c3%84');
    expect(keyToFileName('')).toBe('%');
    expect(keyToFileName('nul')).toBe('%6eul');
  });

  test('makes names that every file system takes', () => {
    fc.assert(
      fc.property(key, (text) => {
        const name = keyToFileName(text);
        expect(name).toMatch(/^[a-z0-9_%~-]{1,100}$/);
        expect(name).not.toMatch(/^(?:con|prn|aux|nul|com\d|lpt\d)$/);
      }),
      RUNS,
    );
  });

  test('gives different keys different names', () => {
    fc.assert(
      fc.property(key, key, (one, other) => {
        fc.pre(one !== other);
        expect(keyToFileName(one)).not.toBe(keyToFileName(other));
      }),
      RUNS,
    );
    expect(keyToFileName(`${'x'.repeat(200)}a`)).not.toBe(keyToFileName(`${'x'.repeat(200)}b`));
    expect(keyToFileName('\ud800'.repeat(100))).not.toBe(keyToFileName('\ufffd'.repeat(100)));
  });

  test('shortens a long key to its beginning and a hash, never inside an escape', () => {
    const name = keyToFileName('ü'.repeat(60));
    expect(name).toMatch(/^(?:%[0-9a-f]{2})+~[0-9a-f]{39}$/);
    expect(fileNameToKey(name)).toBe('hashed');
  });
});

describe('fileNameToKey', () => {
  test('finds the key of each name that is not hashed', () => {
    fc.assert(
      fc.property(key, (text) => {
        const name = keyToFileName(text);
        expect(fileNameToKey(name)).toEqual(name.includes('~') ? 'hashed' : { key: text });
      }),
      RUNS,
    );
  });

  test('knows a name that no key has', () => {
    for (const name of ['Package', 'a b', '%4', '%ff', 'con', 'a.b', '%61']) {
      expect(fileNameToKey(name)).toBe('foreign');
    }
  });
});
