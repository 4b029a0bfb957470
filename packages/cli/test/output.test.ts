import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { Output } from '../src/output.js';

class Sink extends Writable {
  text = '';
  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}

class Gone extends Writable {
  attempts = 0;
  constructor() {
    super({ autoDestroy: false, emitClose: false });
  }
  override _write(_chunk: Buffer, _encoding: string, done: (error: Error) => void): void {
    this.attempts += 1;
    done(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
  }
}

class Full extends Writable {
  override _write(_chunk: Buffer, _encoding: string, done: (error: Error) => void): void {
    done(Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' }));
  }
}

describe('Output', () => {
  it('writes results to stdout and all else to stderr, without colours where there is no terminal', async () => {
    const [stdout, stderr] = [new Sink(), new Sink()];
    const output = new Output(stdout, stderr, false);
    output.result('a');
    output.json({ b: 1 });
    output.info('c');
    output.warning('d');
    output.error('e');
    await output.flush();
    expect(stdout.text).toBe('a\n{\n  "b": 1\n}\n');
    expect(stderr.text).toBe('c\nwarning: d\nerror: e\n');
    expect(output.bold('x')).toBe('x');
  });

  it('drops what a reader that has gone would not read', async () => {
    const stdout = new Gone();
    const output = new Output(stdout, new Sink(), false);
    output.result('a');
    await new Promise((resolve) => setImmediate(resolve));
    output.result('b');
    await output.flush();
    expect(stdout.attempts).toBe(1);
  });

  it('says once that results are lost, and knows it', async () => {
    const stderr = new Sink();
    const output = new Output(new Full(), stderr, false);
    expect(output.isLost).toBe(false);
    output.result('a');
    output.result('b');
    await output.flush();
    expect(output.isLost).toBe(true);
    expect(stderr.text).toBe(
      "error: the results can't be written to stdout: ENOSPC: no space left on device, write\n",
    );
  });
});
