import { DatacookError, isDatacookError } from '@datacook/core';
import type { Session } from '../connection/session.js';
import { tableName } from '../write/names.js';
import { sqlState, withHint } from '../write/write-errors.js';
import { carriedRights } from './carry-rights.js';
import { nameList } from './merge-sql.js';
import type { PublishedTable } from './published-table.js';
import type { Refill } from './refill.js';
import { swapObstacle } from './swap-obstacles.js';
import { type TableBlueprint, tableBlueprint } from './table-blueprint.js';
import { tableShape } from './table-shape.js';

const NO_RIGHT = '42501';
const NO_LOCK = '55P03';

/**
 * Puts another table of the same shape, with the staged rows, in the place of the table. Others go on reading the old
 * one meanwhile; only at the end are they waited for. Where that can't be done so that the catalog says the same as
 * before, everything is undone, and the caller has to do otherwise.
 *
 * Nothing is taken on trust: what depends on the table must be of the kinds that are known to be carried over
 * (`swapObstacle`), and in the end the catalog must say of the new table what it said of the old (`tableShape`).
 *
 * The figures are for 1 million rows of 6 columns in the place of as many, with a primary key and an index, on Postgres
 * 18, on a machine that had other work to do:
 *
 * | way | seconds | CPU seconds of the session | WAL MB | size MB after it |
 * | --- | --- | --- | --- | --- |
 * | swap: copied from staging, indexed, analyzed | 4.8 | 1.3 (and its workers') | 139 | 120 |
 * | refill, no row as it was | 36.7 | 10.6 | 314 | 240 |
 *
 * All rows of the new table are written by this transaction: who has an older snapshot, and has not read the old table
 * before it went, finds the new one empty.
 *
 * The table must be locked against writers. Who reads it in a transaction and wants to write to it then waits for us,
 * and we for the reader: the server ends one of the two.
 *
 * @returns Whether it was done.
 */
export async function swap(session: Session, load: Refill): Promise<boolean> {
  const { table, prepared } = load;
  if ((await swapObstacle(session, table)) !== undefined) return false;
  const made = tableName(table.schema, prepared.staging.name.replace('_staging_', '_swap_'));
  const blueprint = await tableBlueprint(session, table, made);
  if (blueprint === undefined) return false;
  const doing = { action: `swap ${table.sql} for another table` };
  await session.run('savepoint datacook_swap', doing);
  const isDone = await trySwap(session, load, made.sql, blueprint).catch((error: unknown) => {
    throw inNamesOf(blueprint, error);
  });
  await session.run(
    isDone ? 'release savepoint datacook_swap' : 'rollback to savepoint datacook_swap',
    doing,
  );
  return isDone;
}

async function trySwap(
  session: Session,
  { prepared, table, columns }: Refill,
  made: string,
  blueprint: TableBlueprint,
): Promise<boolean> {
  const run = (statements: readonly string[], action: string) =>
    statements.length === 0 ? undefined : session.run(statements.join(';\n'), { action });
  try {
    await run(blueprint.make, `make a table like ${table.sql}`);
  } catch (error) {
    if (sqlState(error) === NO_RIGHT) return false;
    throw error;
  }
  const carried = await carriedRights(session, table, { ...table, sql: made });
  const names = nameList(columns);
  await session.run(
    `insert into ${made} (${names}) overriding system value select ${names} from ${prepared.staging.sql}`,
    { action: `replace the rows of ${table.sql}` },
  );
  await run(blueprint.finish, `make indexes and constraints of ${table.sql}`);
  await run(carried.rights, `give the rights on ${table.sql}`);
  await lockAll(session, table);
  const before = await tableShape(session, table);
  // What came to depend on it meanwhile would be lost.
  if ((await swapObstacle(session, table)) !== undefined) return false;
  await run(
    [...blueprint.free, ...blueprint.name, ...carried.names],
    `put a new table in place of ${table.sql}`,
  );
  return (await tableShape(session, table)) === before;
}

/** Waits for who reads, as long as `lock_timeout` says. */
async function lockAll(session: Session, { sql }: PublishedTable): Promise<void> {
  try {
    await session.run(`lock table ${sql} in access exclusive mode`, {
      action: `wait until nobody reads ${sql}, to replace it`,
    });
  } catch (error) {
    if (sqlState(error) !== NO_LOCK || !isDatacookError(error)) throw error;
    throw withHint(
      error,
      'The old table is swapped for the new one when no transaction reads it; lock_timeout says how long to wait. replace_by: refill waits for no reader.',
    );
  }
}

/** The error in the names that the user knows. */
function inNamesOf({ stands }: TableBlueprint, error: unknown): unknown {
  if (!isDatacookError(error)) return error;
  let message = error.message;
  for (const [made, name] of stands) message = message.replaceAll(made, name);
  if (message === error.message) return error;
  const { hint, retry, details, cause } = error;
  return new DatacookError(error.code, message, {
    ...(hint === undefined ? {} : { hint }),
    retry,
    details,
    cause: cause ?? error,
  });
}
