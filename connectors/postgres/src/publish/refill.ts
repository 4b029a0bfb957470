import { DatacookError, isDatacookError } from '@datacook/core';
import { quoteIdentifier } from '@datacook/toolkit';
import type { Session } from '../connection/session.js';
import type { TargetColumn } from '../types/target-column.js';
import type { Prepared } from '../write/prepared.js';
import type { Misfit } from './fit-types.js';
import { isOther, matches, nameList } from './merge-sql.js';
import { columnsOf, type PublishedTable } from './published-table.js';
import { requireDistinct } from './staged-keys.js';
import { steadyKey } from './unique-key.js';

/** Staged rows that take the place of a table's. */
export interface Refill {
  readonly prepared: Prepared;
  readonly table: PublishedTable;
  /** Those that the load brings. The others get their default. */
  readonly columns: readonly TargetColumn[];
  /** Columns whose type has to become that of what is staged. */
  readonly misfits: readonly Misfit[];
}

/**
 * Puts the staged rows in the place of the table's, in statements that every reader sees all of or nothing of: also one
 * whose REPEATABLE READ snapshot is older, and which has not looked at the table yet. Neither TRUNCATE nor a swap of
 * tables can promise that: such a reader finds the table empty then; and both have to wait for everybody who reads. It
 * has its price, for which `swap` is the default. The figures are for 1
 * million rows of 6 columns in the place of as many, with a primary key and an index, on Postgres 18:
 *
 * | way | CPU seconds of the server | WAL MB | size MB after it |
 * | --- | --- | --- | --- |
 * | DELETE, INSERT | 6.0 | 532 | 248 |
 * | the same where half of the rows come again as they are, which stay | 6.4 | 373 | 197 |
 * | the same where all do | 2.4 | 93 | 124 |
 *
 * The space of deleted rows is used again when VACUUM has come by.
 */
export async function refill(session: Session, load: Refill): Promise<void> {
  const { table, columns, misfits } = load;
  const key = misfits.length > 0 ? undefined : await steadyKey(session, table, columns);
  if (key === undefined) await refillAll(session, load);
  else await refillOthers(session, load, key);
}

async function refillAll(session: Session, load: Refill): Promise<void> {
  const { prepared, table, columns } = load;
  const [, left] = await session.run(
    `delete from ${table.sql}; select exists (select from ${table.sql})::text`,
    doing(load),
  );
  if (left?.rows[0]?.[0] === 'true')
    throw new DatacookError(
      'UNSUPPORTED',
      `${table.sql} still has rows after all were deleted: a trigger keeps them.`,
      { hint: 'Nothing was changed. Drop or disable the trigger, or load by merge.' },
    );
  await changeTypes(session, load, true);
  const names = nameList(columns);
  await session.run(
    `insert into ${table.sql} (${names}) overriding system value select ${names} from ${prepared.staging.sql}`,
    doing(load),
  );
  await requireAll(session, load);
}

/** Rows that come again as they are stay. */
async function refillOthers(session: Session, load: Refill, key: readonly string[]): Promise<void> {
  const { prepared, table, columns } = load;
  const { sql } = prepared.staging;
  const match = matches({ keys: columnsOf(table, key) });
  await session.run(
    `analyze ${sql} (${key.map((name) => quoteIdentifier(name)).join(', ')});
     delete from ${table.sql} t
     where not exists (select from ${sql} s where ${match} and not (${isOther(columns)}))`,
    doing(load),
  );
  await session.run(
    `insert into ${table.sql} (${nameList(columns)}) overriding system value
     select ${nameList(columns, 's')} from ${sql} s
     where not exists (select from ${table.sql} t where ${match})`,
    doing(load),
  );
  await requireAll(session, load, key);
}

const doing = ({ table }: Refill) => ({ action: `replace the rows of ${table.sql}` });

/** Throws DATA if the table hasn't got all staged rows. */
export async function requireAll(session: Session, load: Refill, key?: readonly string[]): Promise<void> {
  const { table, prepared } = load;
  const [result] = await session.run(
    `select (select count(*) from ${table.sql})::text, (select count(*) from ${prepared.staging.sql})::text`,
    doing(load),
  );
  const [got, staged] = result?.rows[0] ?? [];
  if (got === staged) return;
  if (key !== undefined) await requireDistinct(session, prepared, key);
  throw new DatacookError(
    'DATA',
    `${table.sql} took ${got} of ${staged} rows: a trigger left the others out.`,
    { hint: 'Nothing was changed. Leave such rows out with filter, or disable the trigger.' },
  );
}

/**
 * Gives columns the types of what is staged for them. The server does it only when what deferred constraints have to
 * check has been checked, and it writes the table anew: the old rows are gone then for who has an older snapshot and
 * has not looked at the table yet.
 *
 * @param isEmpty The table has no rows any more: so it costs nothing, and no value has to become one of the other type.
 */
export async function changeTypes(
  session: Session,
  { table, misfits }: Refill,
  isEmpty: boolean,
): Promise<void> {
  if (misfits.length === 0) return;
  const changes = misfits.map(
    ({ column, staged }) =>
      `alter column ${quoteIdentifier(column.name)} type ${staged.typeSql}${isEmpty ? ` using null::${staged.typeSql}` : ''}`,
  );
  const shown = misfits.map(({ column, staged }) => `"${column.name}" to ${staged.typeSql}`).join(', ');
  try {
    await session.run(`set constraints all immediate; alter table ${table.sql} ${changes.join(', ')}`, {
      action: `change columns of ${table.sql}: ${shown}`,
    });
  } catch (error) {
    throw isDatacookError(error) && CANT_CHANGE.has(String(error.details['sqlstate']))
      ? cantChange(error, misfits)
      : error;
  }
}

/** Views, generated columns and partition keys use the column (0A000, 2BP01, 42P16), or there is no way (42804). */
const CANT_CHANGE: ReadonlySet<string> = new Set(['0A000', '2BP01', '42P16', '42804']);

function cantChange(error: DatacookError, misfits: readonly Misfit[]): DatacookError {
  return new DatacookError('SCHEMA', error.message, {
    hint: `Nothing was changed. Keep the table's type with cast_columns; or drop what uses the column, change it by hand, and make that again.`,
    details: { ...error.details, columns: misfits.map(({ column }) => column.name) },
    cause: error,
  });
}
