import { describe, expect, it } from 'vitest';
import { GrowingBytes } from '../src/growing-bytes.js';

describe('GrowingBytes', () => {
  it('refuses to grow beyond what int32 offsets reach, before it asks for the memory', () => {
    for (const write of [
      (bytes: GrowingBytes) => bytes.writeText('x'.repeat(10)),
      (bytes: GrowingBytes) => bytes.writeText('x'.repeat(5000)),
      (bytes: GrowingBytes) => bytes.writeBytes(new Uint8Array(5000)),
    ]) {
      const bytes = new GrowingBytes();
      bytes.length = 2 ** 31 - 8;
      expect(() => write(bytes)).toThrow(expect.objectContaining({ code: 'DATA' }));
    }
  });

  it('writes texts around the length from which a native call takes over', () => {
    const bytes = new GrowingBytes();
    let expected = '';
    for (let length = 0; length < 60; length++) {
      for (const text of ['x'.repeat(length), `${'x'.repeat(length)}é`, `😀${'y'.repeat(length)}`]) {
        bytes.writeText(text);
        expected += text;
      }
    }
    expect(Buffer.from(bytes.take()).toString()).toBe(expected);
    expect(bytes.length).toBe(0);
  });
});
