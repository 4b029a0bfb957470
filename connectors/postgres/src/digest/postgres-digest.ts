import { DatacookError, type Field } from '@datacook/core';
import { type DigestEntry, digestSql } from '@datacook/toolkit';
import { columnSql } from '../catalog/stream-columns.js';
import type { Session } from '../connection/session.js';
import type { PgColumn } from '../types/pg-column.js';
import { canonicalSql, dialectOf } from './canonical-sql.js';

/** What a digest is made of. */
export interface DigestParts {
  /** Within the transaction whose snapshot is to be digested. */
  readonly session: Session;
  /** For errors: the table's name. */
  readonly name: string;
  /** What stands behind FROM; its alias is `t`. */
  readonly from: string;
  /** Conditions on the rows, each in SQL. */
  readonly conditions: readonly string[];
  readonly columns: readonly PgColumn[];
}

/**
 * The digest of a table or query, by the server's own SQL: the last three parameters are those of the contract's
 * `Digest`. Throws NOT_FOUND for a column that there isn't.
 */
export async function* postgresDigest(
  parts: DigestParts,
  fields: readonly Field[],
  keys: readonly string[],
  bucket: string | undefined,
): AsyncGenerator<DigestEntry> {
  const { session, name, from, conditions, columns } = parts;
  const action = `compare ${name}`;
  const [setting] = await session.run(`select pg_catalog.current_setting('server_encoding')`, { action });
  const dialect = dialectOf(setting!.rows[0]![0]!);
  const where = conditions.length === 0 ? '' : ` where ${conditions.join(' and ')}`;
  const canonical = (field: Field) => {
    const column = columns.find((each) => each.name === field.name);
    if (column === undefined)
      throw new DatacookError('NOT_FOUND', `${name} has no column ${JSON.stringify(field.name)}.`, {
        hint: 'The table was changed by others meanwhile: try again.',
        details: { column: field.name },
      });
    return canonicalSql(dialect, columnSql(column.name), field.type, column);
  };
  const sql = digestSql(dialect, { fields, keys, bucket, from: `${from}${where}`, canonical });
  const [result] = await session.run(sql, { action });
  for (const [entry, rows, sum] of result!.rows as [string, string, string][])
    yield { bucket: entry, rows: Number(rows), sum };
}
