import { type FileHandle, open } from 'node:fs/promises';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { DatacookError } from '@datacook/core';
import type { FileConfig } from './config.js';
import { fileError } from './errors.js';
import type { ListedFile } from './listing.js';

export interface BytesOptions {
  readonly compression: FileConfig['compression'];
  readonly signal: AbortSignal;
  /** Bytes that are read at once. */
  readonly chunkBytes?: number;
  /** Rows of the file that were loaded before: an error says that they are there. */
  readonly loadedRows?: number;
}

const CHUNK = 256 * 1024;

const GZIP = [0x1f, 0x8b] as const;

/**
 * The contents of a file, unpacked. Throws STALE_POSITION if the file isn't any more what was listed, DATA if it
 * changes while it is read or if it is cut short. The file is closed at the end, on an error, and on `return`.
 */
export async function* fileBytes(file: ListedFile, options: BytesOptions): AsyncGenerator<Uint8Array> {
  const handle = await openListed(file, options.loadedRows);
  try {
    const isPacked = await isGzip(handle, options.compression);
    yield* isPacked ? unpacked(handle, file, options) : raw(handle, options);
    const now = await identify(handle);
    if (now.size !== file.size || now.mtimeNs !== file.mtimeNs) {
      throw new DatacookError('DATA', `${file.path} was changed while it was being read.`, {
        hint: 'Let other programs write to a hidden name and rename the file when it is complete, or say `settle` under `incremental`.',
        details: { file: file.path },
      });
    }
  } catch (error) {
    throw fileError(error, file.path, options.signal);
  } finally {
    await handle.close();
  }
}

async function openListed(file: ListedFile, loadedRows = 0): Promise<FileHandle> {
  let handle: FileHandle;
  try {
    handle = await open(file.path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw fileError(error, file.path);
    throw stale(file, 'is gone', loadedRows, error);
  }
  const now = await identify(handle);
  if (now.size === file.size && now.mtimeNs === file.mtimeNs) return handle;
  await handle.close();
  throw stale(file, 'has changed', loadedRows);
}

function stale(file: ListedFile, what: string, loadedRows: number, cause?: unknown): DatacookError {
  const loaded =
    loadedRows === 0 ? '' : `, and ${loadedRows === 1 ? 'a row' : `${loadedRows} rows`} of it are in already`;
  return new DatacookError('STALE_POSITION', `${file.path} ${what} since this load was planned${loaded}.`, {
    hint: 'Put the file back as it was, with its time (`cp -p`), and the load goes on; or load everything anew, with the files as they are now: --full-refresh.',
    details: { file: file.path },
    cause,
  });
}

async function identify(handle: FileHandle): Promise<{ size: number; mtimeNs: string }> {
  const { size, mtimeNs } = await handle.stat({ bigint: true });
  return { size: Number(size), mtimeNs: String(mtimeNs) };
}

async function isGzip(handle: FileHandle, compression: FileConfig['compression']): Promise<boolean> {
  if (compression !== 'auto') return compression === 'gzip';
  const { bytesRead, buffer } = await handle.read(Buffer.alloc(2), 0, 2, 0);
  return bytesRead === 2 && buffer[0] === GZIP[0] && buffer[1] === GZIP[1];
}

/** The next piece is read while this one is worked on. */
async function* raw(
  handle: FileHandle,
  { signal, chunkBytes = CHUNK }: BytesOptions,
): AsyncGenerator<Uint8Array> {
  let position = 0;
  const next = () => {
    const reading = handle.read(Buffer.allocUnsafeSlow(chunkBytes), 0, chunkBytes, position);
    // Nobody may be waiting when it fails; whoever waits later learns of it.
    reading.catch(() => {});
    return reading;
  };
  let reading = next();
  for (;;) {
    const { bytesRead, buffer } = await reading;
    signal.throwIfAborted();
    if (bytesRead === 0) return;
    position += bytesRead;
    reading = next();
    yield buffer.subarray(0, bytesRead);
  }
}

async function* unpacked(
  handle: FileHandle,
  file: ListedFile,
  options: BytesOptions,
): AsyncGenerator<Uint8Array> {
  const gunzip = createGunzip({ chunkSize: options.chunkBytes ?? CHUNK });
  pipeline(raw(handle, options), gunzip, () => {});
  try {
    yield* gunzip as AsyncIterable<Uint8Array>;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (typeof code !== 'string' || !code.startsWith('Z_')) throw error;
    throw badGzip(file, code === 'Z_BUF_ERROR' ? 'the file ends too early' : message, error);
  }
  // Node leaves out silently what follows the last member and is no gzip; padding with zeros is usual and harmless.
  await checkRest(handle, file, gunzip.bytesWritten);
}

async function checkRest(handle: FileHandle, file: ListedFile, at: number): Promise<void> {
  const buffer = Buffer.alloc(64 * 1024);
  for (let position = at; position < file.size; ) {
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, position);
    if (bytesRead === 0) return;
    if (buffer.subarray(0, bytesRead).some((byte) => byte !== 0)) {
      throw badGzip(file, `behind byte ${at} follows something else than gzip`);
    }
    position += bytesRead;
  }
}

function badGzip(file: ListedFile, what: string, cause?: unknown): DatacookError {
  return new DatacookError('DATA', `${file.path} is not a whole gzip file: ${what}.`, {
    hint: 'Get the file again; `gzip -t` tells whether it is whole. If rows of it are in already, everything must be loaded anew then, with --full-refresh.',
    details: { file: file.path },
    cause,
  });
}
