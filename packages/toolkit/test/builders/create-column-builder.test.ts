import type { DataType } from '@datacook/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { columnReader, columnTextReader, createColumnBuilder, parseType } from '../../src/index.js';
import { dataType, intRange, orNull, plainDecimal, SEED, typedValues, valuesOfType } from '../arbitrary.js';

/** The canonical texts that come out where texts go in; undefined where one is refused. */
function through(type: DataType | string, texts: readonly string[]): (string | undefined)[] {
  const parsed = typeof type === 'string' ? parseType(type) : type;
  const builder = createColumnBuilder(parsed);
  const taken = texts.map((text) => {
    const before = builder.length;
    const ok = builder.appendText(text);
    expect(builder.length).toBe(before + (ok ? 1 : 0));
    return ok;
  });
  const read = columnTextReader(parsed, builder.finish());
  let row = 0;
  return taken.map((ok) => (ok ? (read(row++) ?? undefined) : undefined));
}

const one = (type: DataType | string, text: string) => through(type, [text])[0];

describe('a column builder of any type', () => {
  it('gives back the values that were appended, NULLs included', () => {
    fc.assert(
      fc.property(typedValues, ({ type, values }) => {
        const builder = createColumnBuilder(type);
        for (const value of values) builder.append(value);
        expect(builder.length).toBe(values.length);
        const column = builder.finish();
        expect(column.nullCount).toBe(values.filter((value) => value === null).length);
        const read = columnReader(type, column);
        expect(values.map((_, row) => read(row))).toEqual(values);
      }),
      SEED,
    );
  });

  it('reads its own canonical text back as the same value', () => {
    fc.assert(
      fc.property(typedValues, ({ type, values }) => {
        const first = createColumnBuilder(type);
        for (const value of values) first.append(value);
        const column = first.finish();
        const text = columnTextReader(type, column);
        const second = createColumnBuilder(type, 3);
        for (let row = 0; row < values.length; row++) {
          const value = text(row);
          if (value === null) second.appendNull();
          else expect([value, second.appendText(value)]).toEqual([value, true]);
        }
        const again = second.finish();
        const read = columnReader(type, again);
        expect(values.map((_, row) => read(row))).toEqual(values);
        const textAgain = columnTextReader(type, again);
        expect(values.map((_, row) => textAgain(row))).toEqual(values.map((_, row) => text(row)));
      }),
      SEED,
    );
  });

  it('begins anew after finish, and leaves the buffers of the column before alone', () => {
    fc.assert(
      fc.property(
        dataType.chain((type) => fc.tuple(fc.constant(type), fc.array(fc.array(orNull(valuesOfType(type)))))),
        ([type, batches]) => {
          const builder = createColumnBuilder(type);
          const columns = batches.map((values) => {
            for (const value of values) builder.append(value);
            return builder.finish();
          });
          expect(builder.length).toBe(0);
          for (const [index, values] of batches.entries()) {
            const read = columnReader(type, columns[index]!);
            expect(values.map((_, row) => read(row))).toEqual(values);
          }
        },
      ),
      SEED,
    );
  });

  it('appends nothing when it refuses a text or a value', () => {
    fc.assert(
      fc.property(typedValues, fc.array(fc.oneof(fc.string(), fc.json())), ({ type, values }, texts) => {
        const builder = createColumnBuilder(type);
        const kept: unknown[] = [];
        const keep = (value: unknown) => {
          builder.append(value);
          kept.push(value);
        };
        values.forEach((value, index) => {
          keep(value);
          const length = builder.length;
          for (const odd of [Symbol('x'), () => 1, [null, Symbol('y')], { z: Symbol('z') }]) {
            expect(() => builder.append(odd)).toThrow(expect.objectContaining({ code: 'DATA' }));
          }
          const text = texts[index];
          if (text !== undefined && type.kind !== 'utf8' && builder.appendText(text)) kept.push(undefined);
          else expect(builder.length).toBe(length);
        });
        const column = builder.finish();
        const read = columnReader(type, column);
        for (const [row, value] of kept.entries()) if (value !== undefined) expect(read(row)).toEqual(value);
      }),
      SEED,
    );
  });

  it('has no validity bitmap before the first NULL, and one of the right length and bits after', () => {
    const builder = createColumnBuilder(parseType('int32'));
    for (let row = 0; row < 20; row++) builder.append(row);
    expect(builder.finish().validity).toBeUndefined();
    for (let row = 0; row < 20; row++) builder.append(row === 9 ? null : row);
    const { validity, nullCount } = builder.finish();
    expect(nullCount).toBe(1);
    expect([...validity!]).toEqual([0xff, 0xfd, 0x0f]);
  });

  it('keeps 100,000 values through many doublings', () => {
    const builder = createColumnBuilder(parseType('utf8'));
    for (let row = 0; row < 100_000; row++)
      row % 7 === 0 ? builder.appendNull() : builder.appendText(`v${row}`);
    const read = columnTextReader(parseType('utf8'), builder.finish());
    for (let row = 0; row < 100_000; row++) expect(read(row)).toBe(row % 7 === 0 ? null : `v${row}`);
  });
});

describe('integers', () => {
  const widths = [8, 16, 32, 64] as const;

  it('take exactly their range from text', () => {
    for (const bits of widths) {
      for (const signed of [true, false]) {
        const [min, max] = intRange(bits, signed);
        const type: DataType = { kind: 'int', bits, signed };
        expect(through(type, [min, max, min - 1n, max + 1n, 0n].map(String))).toEqual([
          String(min),
          String(max),
          undefined,
          undefined,
          '0',
        ]);
      }
    }
  });

  it('agree with BigInt on texts of any length', () => {
    const texts = fc.oneof(
      fc.bigInt({ min: -(10n ** 21n), max: 10n ** 21n }).map(String),
      fc.bigInt({ min: 2n ** 63n - 1000n, max: 2n ** 63n + 1000n }).map(String),
      fc.bigInt({ min: 2n ** 64n - 1000n, max: 2n ** 64n + 1000n }).map(String),
      fc.bigInt({ min: -(2n ** 63n) - 1000n, max: -(2n ** 63n) + 1000n }).map(String),
      fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: 1, maxLength: 22 }),
    );
    fc.assert(
      fc.property(texts, fc.constantFrom(...widths), fc.boolean(), (text, bits, signed) => {
        const [min, max] = intRange(bits, signed);
        const value = BigInt(text);
        const expected = value >= min && value <= max ? String(value) : undefined;
        expect(one({ kind: 'int', bits, signed }, text)).toBe(expected);
      }),
      { ...SEED, numRuns: 3000 },
    );
  });

  it('take leading zeros and a plus sign, and nothing that is no integer', () => {
    for (const type of ['int8', 'int64', 'uint16', 'uint64']) {
      expect(through(type, ['007', '+7', '-0', '00000000000000000000000007'])).toEqual(['7', '7', '0', '7']);
      for (const text of ['', '-', '+', ' 7', '7 ', '7.0', '1e3', '0x7', '--7', '7a', '٧', '1_000']) {
        expect([text, one(type, text)]).toEqual([text, undefined]);
      }
    }
  });

  it('refuse numbers that have lost digits, with a hint', () => {
    const builder = createColumnBuilder(parseType('int64'));
    expect(() => builder.append(2 ** 53)).toThrow(
      expect.objectContaining({ code: 'DATA', hint: expect.stringMatching(/bigint/) }),
    );
    expect(() => builder.append(1.5)).toThrow('1.5 is no int64');
    expect(() => builder.append('1')).toThrow('"1" is no int64');
  });
});

describe('floats', () => {
  it('agree with Number on every form of a number', () => {
    const form = fc
      .tuple(
        fc.constantFrom('', '-', '+'),
        fc.string({ unit: fc.constantFrom(...'0123456789'), maxLength: 25 }),
        fc.option(fc.string({ unit: fc.constantFrom(...'0123456789'), maxLength: 25 }), { nil: undefined }),
        fc.option(fc.integer({ min: -330, max: 330 }), { nil: undefined }),
      )
      .filter(([, whole, fraction]) => whole + (fraction ?? '') !== '')
      .map(
        ([sign, whole, fraction, e]) =>
          `${sign}${whole}${fraction === undefined ? '' : `.${fraction}`}${e === undefined ? '' : `e${e}`}`,
      );
    fc.assert(
      fc.property(form, (text) => {
        const value = Number(text);
        const lost = !Number.isFinite(value) || (value === 0 && /[1-9]/.test(text.replace(/e.*/, '')));
        const builder = createColumnBuilder(parseType('float64'));
        expect(builder.appendText(text)).toBe(!lost);
        if (lost) return;
        const read = columnReader(parseType('float64'), builder.finish())(0);
        expect([text, Object.is(read, value)]).toEqual([text, true]);
      }),
      { ...SEED, numRuns: 3000 },
    );
  });

  it('keep -0, and take nan and infinity with a sign in any letter case', () => {
    const texts = ['-0', '-0.0', 'NaN', 'inf', '-INF', '+Infinity', '-nan'];
    const out = ['-0', '-0', 'NaN', 'Infinity', '-Infinity', 'Infinity', 'NaN'];
    expect(through('float64', texts)).toEqual(out);
    expect(through('float32', texts)).toEqual(out);
  });

  it('refuse what is no number form', () => {
    for (const text of [
      '',
      ' ',
      '.',
      '-',
      'e5',
      '1e',
      '1e+',
      '0x10',
      '1,5',
      '1 ',
      ' 1',
      '1_0',
      'infinite',
      '1.2.3',
      'null',
    ]) {
      expect([text, one('float64', text)]).toEqual([text, undefined]);
    }
  });

  it('refuse what a float32 would make infinite or zero', () => {
    expect(through('float32', ['1e39', '-1e39', '1e-50', '3.4028235e38', '0'])).toEqual([
      undefined,
      undefined,
      undefined,
      '3.4028235e+38',
      '0',
    ]);
    expect(() => createColumnBuilder(parseType('float32')).append(1e39)).toThrow('1e+39 is no float32');
  });
});

describe('decimals', () => {
  it('agree with exact arithmetic at every precision and scale', () => {
    const input = fc.tuple(
      fc.integer({ min: 1, max: 42 }),
      fc.nat(42),
      fc.oneof(
        fc.bigInt({ min: -(10n ** 42n), max: 10n ** 42n }),
        fc.bigInt({ min: -10_000n, max: 10_000n }),
      ),
      fc.nat(44),
      fc.integer({ min: -45, max: 45 }),
    );
    fc.assert(
      fc.property(input, ([precision, wanted, digits, fraction, exponent]) => {
        const scale = Math.min(wanted, precision);
        const text = `${plainDecimal(digits, fraction)}${exponent === 0 ? '' : `e${exponent}`}`;
        const shift = scale - fraction + exponent;
        const factor = 10n ** BigInt(Math.abs(shift));
        const exact = shift >= 0 || digits % factor === 0n;
        const unscaled = shift >= 0 ? digits * factor : digits / factor;
        const magnitude = unscaled < 0n ? -unscaled : unscaled;
        const fits = exact && magnitude < 10n ** BigInt(precision);
        expect(one({ kind: 'decimal', precision, scale }, text)).toBe(
          fits ? plainDecimal(unscaled, scale) : undefined,
        );
      }),
      { ...SEED, numRuns: 5000 },
    );
  });

  it('never round', () => {
    expect(
      through('decimal(12,2)', ['1.5', '1.50', '1.500', '1.005', '12345678901', '1e3', '-0.00']),
    ).toEqual(['1.50', '1.50', '1.50', undefined, undefined, '1000.00', '0.00']);
  });

  it('refuse what is no decimal number', () => {
    for (const type of ['decimal(12,2)', 'decimal(30,2)', 'decimal(50,2)', 'numeric']) {
      for (const text of ['', '.', '-', '1.2.3', '1e', 'x', '1 ', '0x1', '1,5', '1e99999999999']) {
        expect([type, text, one(type, text)]).toEqual([type, text, undefined]);
      }
    }
  });

  it('refuse JavaScript numbers with a fraction', () => {
    expect(() => createColumnBuilder(parseType('decimal(12,2)')).append(1.5)).toThrow(
      expect.objectContaining({ hint: expect.stringMatching(/as text/) }),
    );
  });

  it('keep the digits of numeric, in plain form', () => {
    expect(
      through('numeric', ['1.50', '007.0', '+.5', '5.', '1.5e3', '1.5E-3', '-0.0', 'nan', '-inf']),
    ).toEqual(['1.50', '7.0', '0.5', '5', '1500', '0.0015', '0.0', 'NaN', '-Infinity']);
  });
});

describe('text and bytes', () => {
  it('refuse a lone surrogate, with nothing appended', () => {
    for (const text of ['\ud800', `${'x'.repeat(100)}\udc00`, `${'é'.repeat(5000)}\ud800`]) {
      const builder = createColumnBuilder(parseType('utf8'));
      builder.appendText('before');
      expect(() => builder.appendText(text)).toThrow(expect.objectContaining({ code: 'DATA' }));
      builder.appendText('after');
      const column = builder.finish();
      expect(Buffer.from(column.values as Uint8Array).toString()).toBe('beforeafter');
    }
  });

  it('carry a value of 20 MB', () => {
    const text = 'é'.repeat(10 * 1024 * 1024);
    const builder = createColumnBuilder(parseType('utf8'));
    builder.append(text);
    expect(builder.byteLength).toBeGreaterThan(20 * 1024 * 1024);
    expect(columnReader(parseType('utf8'), builder.finish())(0) === text).toBe(true);
  });

  it('read binary from hexadecimal alone', () => {
    expect(through('binary', ['\\x', '\\x00fF', '\\x0', '\\xzz', 'abc', ''])).toEqual([
      '\\x',
      '\\x00ff',
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('take only JSON as json, word for word', () => {
    expect(through('json', ['{"a": 1.10}', '"x"', 'null', '{a:1}', '', 'x'])).toEqual([
      '{"a": 1.10}',
      '"x"',
      'null',
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('read uuids with all dashes or none', () => {
    const uuid = '123e4567-e89b-12d3-a456-426614174000';
    expect(one('uuid', uuid.toUpperCase())).toBe(uuid);
    expect(one('uuid', uuid.replaceAll('-', ''))).toBe(uuid);
    for (const text of ['', uuid.slice(1), uuid.replace('e', 'g'), uuid.replace('-', 'a'), 'x'.repeat(36)]) {
      expect([text, one('uuid', text)]).toEqual([text, undefined]);
    }
  });

  it('read booleans as PostgreSQL does', () => {
    expect(through('bool', ['true', 'FALSE', 't', 'No', 'on', '1', '0', '2', '', 'truth'])).toEqual([
      'true',
      'false',
      'true',
      'false',
      'true',
      'true',
      'false',
      undefined,
      undefined,
      undefined,
    ]);
  });
});

describe('lists and structs', () => {
  it('keep every digit of numbers in JSON text', () => {
    expect(one('list<int64>', ' [ 9223372036854775807 , null, -1 ] ')).toBe('[9223372036854775807,null,-1]');
    expect(one('struct<a: decimal(38,9), b: list<json>>', '{"b":[{"x": 1.0}, "s"], "a": 0.100000001}')).toBe(
      '{"a":0.100000001,"b":[{"x": 1.0},"s"]}',
    );
  });

  it('refuse broken JSON, values of other types, unknown and repeated fields', () => {
    for (const text of ['[1', '[1,]', '[1]x', '["a"]', '[1.5]', '{}', '', '[1 2]', '[[1]]']) {
      expect([text, one('list<int64>', text)]).toEqual([text, undefined]);
    }
    for (const text of ['{"z":1}', '{"a":1,"a":2}', '{"a":1', '{a:1}', '[]', '{"a":"x"}', '{"a":1,}']) {
      expect([text, one('struct<a: int64, b: utf8>', text)]).toEqual([text, undefined]);
    }
  });

  it('leave no trace of a value that was refused half-way, NULLs included', () => {
    const type = parseType('list<struct<a: int64, b: list<utf8>>>');
    const builder = createColumnBuilder(type);
    expect(builder.appendText('[{"a":1,"b":["x"]}]')).toBe(true);
    expect(builder.appendText('[null,{"a":null,"b":[null,"y"]},{"a":"z"}]')).toBe(false);
    expect(() => builder.append([null, { a: null, b: [null, 'y'] }, { b: ['z', 1] }])).toThrow(
      '1 is no utf8',
    );
    expect(builder.appendText('[{"a":2,"b":[]}]')).toBe(true);
    const column = builder.finish();
    const [structs] = column.children!;
    const [a, b] = structs!.children!;
    expect([structs, a, b, b!.children![0]].map((part) => part!.nullCount)).toEqual([0, 0, 0, 0]);
    const read = columnTextReader(type, column);
    expect([read(0), read(1)]).toEqual(['[{"a":1,"b":["x"]}]', '[{"a":2,"b":[]}]']);
  });

  it('take a struct with missing fields, and refuse one with a field too many', () => {
    const type = parseType('struct<a: int64, b: utf8>');
    const builder = createColumnBuilder(type);
    builder.append({ a: 1 });
    expect(() => builder.append({ a: 1, c: 2 })).toThrow(
      expect.objectContaining({ hint: expect.stringMatching(/"c"/) }),
    );
    expect(columnReader(type, builder.finish())(0)).toEqual({ a: 1n, b: null });
  });
});
