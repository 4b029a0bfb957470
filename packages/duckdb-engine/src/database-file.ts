import { closeSync, openSync, readdirSync, readSync, rmdirSync, statSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { DatacookError } from '@datacook/core';
import type { Bindings, Database } from './bindings.js';
import { createConnection } from './connection.js';
import { openError } from './errors.js';

/** What every DuckDB file has behind the checksum of its first block. */
const MAGIC = 'DUCK';
const MAGIC_AT = 8;

/** A file is known by its inode, so that hard links are one file. Undefined if it isn't there. */
export function fileKey(file: string): string | undefined {
  try {
    const stats = statSync(file, { bigint: true, throwIfNoEntry: false });
    return stats === undefined ? undefined : `${stats.dev}:${stats.ino}`;
  } catch (error) {
    throw openError(error, file);
  }
}

/**
 * Refuses what is there and is no DuckDB file: DuckDB would open a CSV, JSON or Parquet file as a database in memory.
 * An empty file is left to DuckDB, since another process may be making it. Not for a file that this process has open:
 * on POSIX, to close it here would give up DuckDB's lock.
 *
 * @throws NOT_FOUND for a folder, DATA for anything else that is no DuckDB file, AUTH without the right to read.
 */
export function requireDatabaseFile(file: string): void {
  let begin: string | undefined;
  try {
    const stats = statSync(file, { throwIfNoEntry: false });
    if (stats === undefined) return;
    if (stats.isDirectory())
      throw new DatacookError('NOT_FOUND', `There is a folder at ${file}, and no DuckDB file.`, {
        hint: 'The path must name a file in a folder.',
        details: { path: file },
      });
    if (stats.isFile()) {
      if (stats.size === 0) return;
      begin = readBegin(file);
    }
  } catch (error) {
    throw openError(error, file);
  }
  if (begin !== MAGIC) throw notDatabase(file);
}

function readBegin(file: string): string {
  const handle = openSync(file, 'r');
  try {
    const bytes = Buffer.alloc(MAGIC.length);
    const length = readSync(handle, bytes, 0, bytes.length, MAGIC_AT);
    return bytes.toString('latin1', 0, length);
  } finally {
    closeSync(handle);
  }
}

function notDatabase(file: string): DatacookError {
  return new DatacookError('DATA', `${file} is not a DuckDB file.`, {
    hint: 'Name another file, or move this one away: datacook never overwrites a file that it did not make.',
    details: { path: file },
  });
}

/**
 * Makes sure that what DuckDB opened is kept in the file, and not in memory or anywhere else.
 *
 * @throws DATA if it is in memory, INTERNAL if it is in another file.
 */
export async function requireKeptIn(bindings: Bindings, database: Database, file: string): Promise<void> {
  const nothing = () => undefined;
  const connection = createConnection(bindings, await bindings.connect(database), {
    onFatal: nothing,
    onClose: nothing,
  });
  try {
    const [row] = await connection.rows(
      'SELECT path FROM duckdb_databases() WHERE database_name = current_database()',
      [],
      `look where ${file} is kept`,
    );
    const path = row?.['path'] ?? undefined;
    if (path === undefined) throw notDatabase(file);
    const key = fileKey(path);
    if (key === undefined || key !== fileKey(file))
      throw new DatacookError('INTERNAL', `DuckDB opened ${path}, and not ${file}.`, {
        hint: 'Write the path of a file on this machine, without signs that are special to DuckDB.',
        details: { path: file },
      });
  } finally {
    await connection.end();
  }
}

/**
 * Removes what a killed process left of `<file>.tmp`: DuckDB's files for what it spilled, and the folder if nothing else
 * is in it. Only for who has just opened the file: its lock tells that nobody uses them. Never fails.
 */
export function removeSpilled(file: string): void {
  const folder = `${file}.tmp`;
  try {
    for (const name of readdirSync(folder))
      if (name.startsWith('duckdb_temp_')) unlinkSync(join(folder, name));
    rmdirSync(folder);
  } catch {
    // Not there, in use for something else, or not ours to remove: it harms nothing.
  }
}
