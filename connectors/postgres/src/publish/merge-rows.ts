import { isDatacookError, type Merged } from '@datacook/core';
import type { Session } from '../connection/session.js';
import type { Prepared } from '../write/prepared.js';
import { requireSameIdentity, settable } from './identity-columns.js';
import { assignments, changes, type MatchColumns, matches, nameList } from './merge-sql.js';
import { lockAgainstWriters, type PublishedTable } from './published-table.js';
import { hasUniqueKey } from './unique-key.js';

/** `MERGE` inside WITH, and its RETURNING. */
const MERGE_RETURNING = 170_000;
const UNIQUE_VIOLATION = '23505';

/** A merge whose staged rows are one a key. */
export interface MergeRows {
  readonly prepared: Prepared;
  readonly table: PublishedTable;
  readonly columns: MatchColumns;
  /** Staged. */
  readonly rows: number;
}

/** Merges rows. */
export async function mergeRows(session: Session, merge: MergeRows): Promise<Merged> {
  const { prepared, table } = merge;
  const isUnique = await hasUniqueKey(session, table, prepared.target.mergeKeys);
  const statement = (prepared.version >= MERGE_RETURNING ? mergeStatement : twoJoins)(merge, isUnique);
  const run = async (): Promise<Merged> => {
    await requireSameIdentity(session, prepared, table, merge.columns);
    const [result] = await session.run(statement, { action: `merge into ${table.sql}` });
    const [updated = 0, inserted = 0] = (result?.rows[0] ?? []).map(Number);
    return { inserted, updated, unchanged: merge.rows - inserted - updated };
  };
  if (!isUnique) {
    await lockAgainstWriters(session, table);
    return run();
  }
  await session.run('savepoint datacook_merge', { action: 'begin to merge' });
  try {
    const merged = await run();
    await session.run('release savepoint datacook_merge', { action: 'end a merge' });
    return merged;
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
    // Another program may have inserted a key since the statement began: once more, while nobody can.
    await session.run('rollback to savepoint datacook_merge', { action: 'begin a merge again' });
    await lockAgainstWriters(session, table);
    return run();
  }
}

function isUniqueViolation(error: unknown): boolean {
  return isDatacookError(error) && error.details['sqlstate'] === UNIQUE_VIOLATION;
}

/** How many staged rows changed something. Where rows of the table share a key, one of them changes several. */
const countUpdated = (isUnique: boolean) => (isUnique ? 'count(*)' : 'count(distinct place)');

function mergeStatement({ prepared, table, columns }: MergeRows, isUnique: boolean): string {
  const set = settable(table, columns.rest);
  const all = [...columns.keys, ...columns.rest];
  const update =
    set.length === 0
      ? ''
      : `when matched and ${changes({ ...columns, rest: set })} then update set ${assignments(set)}`;
  return `with merged as (
      merge into ${table.sql} t using ${prepared.staging.sql} s on ${matches(columns)}
      ${update}
      when not matched then insert (${nameList(all)}) overriding system value values (${nameList(all, 's')})
      returning merge_action() as action${isUnique ? '' : ', s.ctid as place'}
    )
    select (${countUpdated(isUnique)} filter (where action = 'UPDATE'))::text, (count(*) filter (where action = 'INSERT'))::text
    from merged`;
}

/** Both parts see the same snapshot: a key that is inserted meanwhile is met by none of them, and violates the index. */
function twoJoins({ prepared, table, columns }: MergeRows, isUnique: boolean): string {
  const set = settable(table, columns.rest);
  const all = [...columns.keys, ...columns.rest];
  const updated =
    set.length === 0
      ? 'select where false'
      : `update ${table.sql} t set ${assignments(set)} from ${prepared.staging.sql} s
         where ${matches(columns)} and ${changes({ ...columns, rest: set })} returning ${isUnique ? '1' : 's.ctid as place'}`;
  return `with updated as (${updated}), inserted as (
      insert into ${table.sql} (${nameList(all)}) overriding system value
      select ${nameList(all, 's')} from ${prepared.staging.sql} s
      where not exists (select from ${table.sql} t where ${matches(columns)}) returning 1
    )
    select (select ${set.length === 0 ? 'count(*)' : countUpdated(isUnique)} from updated)::text, (select count(*) from inserted)::text`;
}
