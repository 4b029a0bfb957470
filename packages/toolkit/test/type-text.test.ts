import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseType, sameType, typeToString } from '../src/index.js';
import { dataType, SEED } from './arbitrary.js';

describe('parseType', () => {
  it('reads what typeToString writes, for every type', () => {
    fc.assert(
      fc.property(dataType, (type) => {
        const text = typeToString(type);
        expect(parseType(text)).toEqual(type);
        expect(sameType(parseType(` ${text} `), type)).toBe(true);
      }),
      SEED,
    );
  });

  it('takes the other names of text, letter case, blanks, and NOT NULL inside', () => {
    expect(parseType('text')).toEqual({ kind: 'utf8' });
    expect(parseType(' String ')).toEqual({ kind: 'utf8' });
    expect(parseType('DECIMAL( 12 , 2 )')).toEqual({ kind: 'decimal', precision: 12, scale: 2 });
    expect(parseType('numeric(9)')).toEqual({ kind: 'decimal', precision: 9, scale: 0 });
    expect(parseType('numeric')).toEqual({ kind: 'numeric' });
    expect(typeToString(parseType('struct<"a ""b""": list<INT8 not  null>,ü:date NOT NULL>'))).toBe(
      'struct<"a ""b""": list<int8 not null>, ü: date not null>',
    );
  });

  it('names the nearest types', () => {
    const hintOf = (text: string) => {
      try {
        parseType(text);
      } catch (error) {
        expect(error).toMatchObject({ code: 'CONFIG' });
        return (error as { hint: string }).hint;
      }
      throw new Error(`${text} was taken`);
    };
    expect(hintOf('int46')).toContain('int64');
    expect(hintOf('timestmap')).toContain('timestamp');
    expect(hintOf('bigint')).toContain('int64');
    expect(hintOf('varchar')).toContain('utf8');
    expect(hintOf('list<integr>')).toMatch(/Did you mean|Types are/);
    expect(hintOf('decimal')).toContain('decimal(12,2)');
    expect(hintOf('qqqqqq')).toContain('Types are');
  });

  it('refuses broken types', () => {
    const broken = [
      '',
      ' ',
      'int64 int64',
      'decimal()',
      'decimal(0)',
      'decimal(5,6)',
      'decimal(5',
      'list',
      'list<>',
      'list<int64',
      'struct<a>',
      'struct<a: int64',
      'struct<a: int64, a: utf8>',
      'struct<a int64>',
      'struct<"a: int64>',
      'int64(3)',
      '__proto__',
      'constructor',
    ];
    for (const text of broken) {
      expect(() => parseType(text), text).toThrow(expect.objectContaining({ code: 'CONFIG' }));
    }
  });
});
