import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createTranscoder } from '../src/encoding.js';
import { decode, failure } from './helpers.js';

function transcode(bytes: Buffer, size: number, encoding = 'utf-8') {
  const transcoder = createTranscoder(encoding);
  const parts: Buffer[] = [];
  for (let at = 0; at < bytes.length && !transcoder.isInvalid; at += size) {
    parts.push(transcoder.push(bytes.subarray(at, at + size)));
  }
  if (!transcoder.isInvalid) parts.push(transcoder.end());
  return { text: Buffer.concat(parts), isInvalid: transcoder.isInvalid };
}

describe('utf-8', () => {
  const bytes = fc
    .array(
      fc.oneof(
        fc.constantFrom('a', 'é', '€', '🙂', '\ufeff').map((text) => Buffer.from(text)),
        fc.uint8Array({ minLength: 1, maxLength: 2 }).map((array) => Buffer.from(array)),
      ),
      { maxLength: 12 },
    )
    .map((parts) => Buffer.concat(parts));

  it('is passed on as far as it is valid, without its mark, however it is cut', () => {
    fc.assert(
      fc.property(bytes, fc.integer({ min: 1, max: 20 }), (data, size) => {
        const { text, isInvalid } = transcode(data, size);
        const wanted = decodeStrictly(data);
        expect(isInvalid).toBe(wanted === undefined);
        if (wanted !== undefined) expect(text.toString()).toBe(wanted);
        else expect(decodeStrictly(text)).toBeDefined();
      }),
      { seed: 8, numRuns: 3000 },
    );
  });

  it('is refused with the line where it is wrong, never replaced', async () => {
    const data = Buffer.concat([Buffer.from('a,b\n1,é\n2,"x\n'), Buffer.from([0xe9]), Buffer.from('"\n')]);
    for (const size of [1, 5, 1000]) {
      expect(await failure(decode(data, {}, { size }))).toMatchObject({ code: 'DATA', line: 4 });
    }
    const cut = Buffer.concat([Buffer.from('a\n1\n'), Buffer.from([0xe2, 0x82])]);
    expect(await failure(decode(cut))).toMatchObject({ code: 'DATA', line: 3 });
  });

  it('says so when the file is UTF-16', async () => {
    const data = Buffer.from('\ufeffa,b\n1,2\n', 'utf16le');
    expect((await failure(decode(data))).hint).toContain('utf-16le');
    expect((await decode(data, { encoding: 'utf-16le' }, { size: 1 })).rows).toEqual([['1', '2']]);
  });
});

describe('other encodings', () => {
  it('are decoded', async () => {
    expect((await decode(Buffer.from('a\né€\n', 'latin1'), { encoding: 'windows-1252' })).rows).toEqual([
      ['é¬'],
    ]);
    const shiftJis = Buffer.from([0x61, 0x0a, 0x93, 0xfa, 0x96, 0x7b, 0x0a]);
    expect((await decode(shiftJis, { encoding: 'shift_jis' }, { size: 1 })).rows).toEqual([['日本']]);
  });

  it('are refused where they are wrong', async () => {
    const data = Buffer.from([0x61, 0x0a, 0x31, 0x0a, 0x93, 0xfa, 0x93, 0x0a, 0x31, 0x0a]);
    for (const size of [1, 3, 100]) {
      expect(await failure(decode(data, { encoding: 'shift_jis' }, { size }))).toMatchObject({
        code: 'DATA',
        line: 3,
      });
    }
  });
});

function decodeStrictly(data: Buffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(data);
  } catch {
    return undefined;
  }
}
