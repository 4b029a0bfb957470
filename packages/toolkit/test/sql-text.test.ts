import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseTableName, quoteIdentifier, quoteLiteral, sha256 } from '../src/index.js';
import { SEED } from './arbitrary.js';

describe('quoting', () => {
  const text = fc.string({ unit: 'binary' }).filter((one) => !one.includes('\0'));

  it('can be undone, whatever the text', () => {
    fc.assert(
      fc.property(text, fc.constantFrom('"', '`'), (name, quote) => {
        const quoted = quoteIdentifier(name, quote);
        expect(quoted[0]! + quoted.at(-1)!).toBe(quote + quote);
        const inner = quoted.slice(1, -1);
        expect(inner.replaceAll(quote + quote, '').includes(quote)).toBe(false);
        expect(inner.replaceAll(quote + quote, quote)).toBe(name);
        const literal = quoteLiteral(name).slice(1, -1);
        expect(literal.replaceAll("''", '').includes("'")).toBe(false);
        expect(literal.replaceAll("''", "'")).toBe(name);
      }),
      SEED,
    );
  });

  it('refuses a NUL character', () => {
    expect(() => quoteIdentifier('a\0b')).toThrow(expect.objectContaining({ code: 'CONFIG' }));
    expect(() => quoteLiteral('a\0b')).toThrow(expect.objectContaining({ code: 'DATA' }));
  });
});

describe('parseTableName', () => {
  it('reads back quoted parts', () => {
    const part = fc.string({ unit: 'binary', minLength: 1 }).filter((one) => !one.includes('\0'));
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 4 }), (parts) => {
        expect(parseTableName(parts.map((one) => quoteIdentifier(one)).join('.'))).toEqual(parts);
      }),
      SEED,
    );
  });

  it('takes bare parts as they are', () => {
    expect(parseTableName('orders')).toEqual(['orders']);
    expect(parseTableName('my schema.Ordérs')).toEqual(['my schema', 'Ordérs']);
    expect(parseTableName('a."odd "".x"')).toEqual(['a', 'odd ".x']);
  });

  it('refuses empty parts and open quotes', () => {
    for (const text of ['', '.', 'a.', '.a', 'a..b', '"a', 'a"b', '""', '"a"b', 'a."b"c']) {
      expect(() => parseTableName(text), text).toThrow(expect.objectContaining({ code: 'CONFIG' }));
    }
  });
});

describe('sha256', () => {
  it('hashes the UTF-8 of a text', () => {
    expect(sha256('')).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
    expect(sha256('é')).toBe('4a99557e4033c3539de2eb65472017cad5f9557f7a0625a09f1c3f6e2ba69c4c');
  });
});
