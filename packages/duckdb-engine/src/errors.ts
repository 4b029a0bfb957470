import { DatacookError, type ErrorCode, type ErrorOptions, isDatacookError } from '@datacook/core';

interface Rule {
  readonly when: RegExp;
  readonly code: ErrorCode;
  readonly retry?: boolean;
  readonly hint?: string;
}

const UPGRADE = 'Use a DuckDB of the same age to read it, or export the data with the newer one.';

/** Tried in order on the text of DuckDB's error. What matches none is INTERNAL, and is not retried. */
const RULES: readonly Rule[] = [
  {
    when: /no space left|file too large|disk quota exceeded|ENOSPC|EFBIG|EDQUOT|max_temp_directory_size/i,
    code: 'CONNECTION',
    hint: 'The disk is full, or a quota or file size limit is reached. Free space, then run the same command again.',
  },
  { when: /^INTERRUPT Error|interrupted!/i, code: 'CANCELLED' },
  {
    when: /out of memory|failed to (allocate|pin block)|could not (allocate|pin)|bad_alloc/i,
    code: 'CONNECTION',
    hint: 'Raise memory_limit, or use smaller batches (runtime.batch_size).',
  },
  {
    when: /could not set lock on file|conflicting lock/i,
    code: 'CONNECTION',
    hint: 'Close the program that has the file open (a DuckDB shell, a notebook, another run), then run again. DuckDB lets one process at a time write a file.',
  },
  {
    when: /^Constraint Error|violates .*constraint|constraint failed|constraint violation/i,
    code: 'DATA',
    hint: 'The table has a constraint that a row breaks.',
  },
  {
    when: /transaction conflict|write-write conflict|conflict on (tuple|update)|has \d+ columns but \d+ values/i,
    code: 'CONFLICT',
    hint: 'Another transaction changed the same table at the same time. Nothing was written by this one; run again.',
  },
  {
    when: /exists, but it is not a valid DuckDB database file/i,
    code: 'DATA',
    hint: 'Name another file, or move this one away: datacook never overwrites a file that it did not make.',
  },
  { when: /trying to read a database file with version number/i, code: 'DATA', hint: UPGRADE },
  {
    when: /corrupt database file|could not read enough bytes from file|failed to load metadata|failure while replaying WAL/i,
    code: 'DATA',
    hint: 'The database file is damaged. Restore it from a copy.',
  },
  {
    when: /permission denied|operation not permitted|read-only file system|read-only mode/i,
    code: 'AUTH',
    hint: 'DuckDB must be able to write the file and its folder (it keeps a .wal beside the file).',
  },
  { when: /no such file or directory/i, code: 'NOT_FOUND', hint: 'Create the folder, or correct the path.' },
  {
    when: /is a directory|not a directory/i,
    code: 'NOT_FOUND',
    hint: 'The path must name a file in a folder.',
  },
  {
    when: /^(Conversion|Out of Range|Invalid Input|Mismatch Type|Invalid type) Error/i,
    code: 'DATA',
    hint: "A value doesn't fit its column. Cast the column with cast_columns, or widen it in the table.",
  },
  {
    when: /^(Catalog|Binder|Dependency) Error/i,
    code: 'SCHEMA',
    hint: 'A table or column is not there, is there already, or something else in the database depends on it. Put it right, or load into another table.',
  },
  { when: /^(Parser|Syntax) Error/i, code: 'INTERNAL' },
  {
    when: /^(IO|Connection|HTTP) Error|could not (read|write|sync|fsync|truncate)|input\/output error/i,
    code: 'CONNECTION',
    hint: 'Check the disk or share that holds the file, then run the same command again.',
  },
];

const FATAL = /^FATAL Error|has been invalidated/i;

/** The error's text in one line, without the place in the SQL that DuckDB adds. */
function textOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return (text.split(/\n\s*LINE \d+:/)[0] ?? text).replace(/\s*\n\s*/g, ' ').trim();
}

/** Whether the database instance can't be used any more, and must be opened again. */
export function isFatal(error: unknown): boolean {
  return FATAL.test(error instanceof Error ? error.message : String(error));
}

/** The column that a constraint error speaks of, where it names one. */
function constraintColumn(text: string): string | undefined {
  return (
    /NOT NULL constraint failed: .*?\.([^.]+)$/.exec(text)?.[1] ??
    /Duplicate key "([^:"]+):/i.exec(text)?.[1] ??
    undefined
  );
}

/**
 * An error of DuckDB as one of ours; one of ours comes back as it is.
 *
 * @param doing What was being done, and on what: it begins the message, as in `write to table t`.
 */
export function duckdbError(error: unknown, doing: string): DatacookError {
  if (isDatacookError(error)) return error;
  const text = textOf(error);
  // A commit that fails for whatever reason begins like this.
  const reason = text.replace(/^TransactionContext Error: Failed to commit: /, '');
  const rule = RULES.find((each) => each.when.test(reason));
  const code = rule?.code ?? (FATAL.test(text) ? 'CONNECTION' : 'INTERNAL');
  const column = constraintColumn(text);
  const options: ErrorOptions = {
    cause: error,
    ...(rule?.hint === undefined ? {} : { hint: rule.hint }),
    ...(column === undefined ? {} : { details: { column } }),
  };
  return new DatacookError(code, `DuckDB could not ${doing}: ${text}`, options);
}

/** The same for an error met while opening `path`: names the file, and who holds it. */
export function openError(error: unknown, path: string): DatacookError {
  if (isDatacookError(error)) return error;
  const text = textOf(error);
  const held = /conflicting lock is held in (.*?) \(PID (\d+)\)/i.exec(text);
  const mapped = duckdbError(error, `open ${path}`);
  if (held !== null || /could not set lock on file/i.test(text)) {
    const holder = held === null ? 'another process' : `process ${held[2]} (${held[1]})`;
    return new DatacookError('CONNECTION', `The DuckDB file ${path} is locked by ${holder}.`, {
      ...(mapped.hint === undefined ? {} : { hint: mapped.hint }),
      details: { path, ...(held === null ? {} : { pid: Number(held[2]) }) },
      cause: error,
    });
  }
  const version = /version number (\d+), but we can only read versions between (\d+) and (\d+)/i.exec(text);
  if (version !== null) {
    const newer = Number(version[1]) > Number(version[3]);
    const message = newer
      ? `The file ${path} was written by a newer DuckDB (storage version ${version[1]}); this one reads versions ${version[2]} to ${version[3]}.`
      : `The file ${path} was written by a DuckDB too old for this one (storage version ${version[1]}; it reads ${version[2]} to ${version[3]}).`;
    return new DatacookError('DATA', message, {
      hint: newer ? `Upgrade @datacook/duckdb-engine. ${UPGRADE}` : UPGRADE,
      details: { path },
      cause: error,
    });
  }
  return new DatacookError(mapped.code, mapped.message, {
    ...(mapped.hint === undefined ? {} : { hint: mapped.hint }),
    details: { ...mapped.details, path },
    cause: error,
  });
}
