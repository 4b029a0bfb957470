import { appendFileSync, chmodSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { type BytesOptions, fileBytes } from '../src/bytes.js';
import { type ListedFile, listFiles } from '../src/listing.js';
import { asNobody, failure, folder, openFilesIn } from './helpers.js';

const { signal } = new AbortController();

async function listed(contents: string | Uint8Array): Promise<ListedFile & { readonly root: string }> {
  const root = folder({ file: contents });
  const { files } = await listFiles([join(root, 'file')], signal);
  return { ...files[0]!, root };
}

async function read(file: ListedFile, options: Partial<BytesOptions> = {}): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const part of fileBytes(file, { compression: 'auto', signal, ...options })) parts.push(part);
  return Buffer.concat(parts).toString('latin1');
}

const hello = gzipSync('hello\n');
const world = gzipSync('world\n');

describe('gzip', () => {
  it('is known by its first bytes, in one member or several', async () => {
    expect(await read(await listed(hello))).toBe('hello\n');
    expect(await read(await listed(Buffer.concat([hello, world])), { chunkBytes: 64 })).toBe(
      'hello\nworld\n',
    );
    expect(await read(await listed('plain'))).toBe('plain');
    expect(await read(await listed(''))).toBe('');
    expect(await read(await listed('\x1f'))).toBe('\x1f');
  });

  it('is unpacked only if the recipe wants it', async () => {
    expect(await read(await listed(hello), { compression: 'none' })).toBe(hello.toString('latin1'));
    expect(await failure(read(await listed('plain'), { compression: 'gzip' }))).toMatchObject({
      code: 'DATA',
    });
  });

  it('may be padded with zeros', async () => {
    expect(await read(await listed(Buffer.concat([hello, Buffer.alloc(200_000)])))).toBe('hello\n');
  });

  it('is refused wherever it is cut short', async () => {
    const whole = Buffer.concat([hello, world]);
    for (let length = 3; length < whole.length; length++) {
      if (length === hello.length) continue;
      const file = await listed(whole.subarray(0, length));
      expect(await failure(read(file)), String(length)).toMatchObject({ code: 'DATA', file: file.path });
      expect(openFilesIn(file.root)).toBe(0);
    }
  });

  it('is refused if something else follows, also behind zeros, which would be left out silently', async () => {
    const rest = [Buffer.from('x'), Buffer.concat([Buffer.alloc(70_000), world])];
    for (const more of rest) {
      const file = await listed(Buffer.concat([hello, more]));
      expect(await failure(read(file))).toMatchObject({ code: 'DATA', file: file.path });
    }
  });

  it('is refused where it is damaged', async () => {
    const damaged = Buffer.from(hello);
    damaged[hello.length - 6]! ^= 1;
    expect(await failure(read(await listed(damaged)))).toMatchObject({ code: 'DATA' });
  });
});

describe('a file that is not what was planned', () => {
  it('is a stale position before it is opened', async () => {
    const changed = await listed('abc');
    appendFileSync(changed.path, 'd');
    expect(await failure(read(changed))).toMatchObject({ code: 'STALE_POSITION', file: changed.path });
    const gone = await listed('abc');
    rmSync(gone.path);
    expect(await failure(read(gone))).toMatchObject({ code: 'STALE_POSITION', file: gone.path });
    expect(openFilesIn(changed.root)).toBe(0);
  });

  it('is bad data if it changes while it is read, even at the same length', async () => {
    for (const change of [
      (path: string) => appendFileSync(path, 'more'),
      (path: string) => writeFileSync(path, 'y'.repeat(1000)),
      (path: string) => writeFileSync(path, ''),
    ]) {
      const file = await listed('x'.repeat(1000));
      const bytes = fileBytes(file, { compression: 'none', signal, chunkBytes: 10 });
      await bytes.next();
      change(file.path);
      const rest = async () => {
        for await (const _ of bytes);
      };
      expect(await failure(rest())).toMatchObject({ code: 'DATA', file: file.path });
      expect(openFilesIn(file.root)).toBe(0);
    }
  });

  it('is refused if it may not be read', async () => {
    const file = await listed('abc');
    chmodSync(file.root, 0o755);
    chmodSync(file.path, 0);
    expect(await failure(asNobody(() => read(file)))).toMatchObject({
      code: 'AUTH',
      message: `${file.path} may not be read by this user.`,
    });
  });
});

describe('the file is closed', () => {
  it('at the end, and when the reader stops early', async () => {
    for (const contents of ['x'.repeat(100_000), gzipSync(Buffer.alloc(1_000_000, 'abc'))]) {
      const file = await listed(contents);
      await read(file);
      expect(openFilesIn(file.root)).toBe(0);
      for await (const _ of fileBytes(file, { compression: 'auto', signal, chunkBytes: 100 })) break;
      expect(openFilesIn(file.root)).toBe(0);
    }
  });

  it('when the run is aborted', async () => {
    for (const contents of ['x'.repeat(100_000), gzipSync(Buffer.alloc(1_000_000, 'abc'))]) {
      const file = await listed(contents);
      const abort = new AbortController();
      const bytes = fileBytes(file, { compression: 'auto', signal: abort.signal, chunkBytes: 100 });
      await bytes.next();
      abort.abort(new Error('enough'));
      const rest = async () => {
        for await (const _ of bytes);
      };
      expect(await failure(rest())).toMatchObject({ code: 'CANCELLED' });
      expect(openFilesIn(file.root)).toBe(0);
    }
  });
});
