import { quoteLiteral, type Watermark } from '@datacook/toolkit';
import type { Relation } from '../catalog/relation.js';
import type { Facts } from '../connection/server.js';
import type { Session } from '../connection/session.js';
import { APPLICATION_NAME } from '../connection/settings.js';
import { inColumnType } from './instant.js';

/** What a watermark is asked of. */
export interface WatermarkRequest {
  readonly session: Session;
  readonly facts: Facts;
  /** Undefined: a query. */
  readonly relation: Relation | undefined;
  readonly column: { readonly name: string; readonly type: string };
  readonly timezone: string | undefined;
  readonly lagMs: number;
}

/**
 * Transactions of others in this database that may still write. Not those of autovacuum, which changes no row, and
 * not our own, which only read.
 */
const OTHERS = `pg_catalog.pg_stat_activity s
where s.datname = pg_catalog.current_database() and s.xact_start is not null
  and s.pid <> pg_catalog.pg_backend_pid() and s.backend_type <> 'autovacuum worker'
  and s.application_name <> ${quoteLiteral(APPLICATION_NAME)}`;

const OLDEST = `select s.xact_start::text, s.pid::text, s.usename::text, s.application_name
from ${OTHERS} order by s.xact_start limit 1`;

/** Sessions that don't tell what they have open, since `track_activities` is off for them. */
const SILENT = `select exists (select from pg_catalog.pg_stat_activity s
  where s.datname = pg_catalog.current_database() and s.state = 'disabled')::text`;

/**
 * How far the server's clock lets a window reach: minus the lag, and no further than the start of the oldest open
 * transaction, which may commit rows that it has stamped, or will stamp, with that time.
 *
 * The clock is read before the transactions are looked for: one that begins in between has a later start. It shows
 * its start a moment after it has taken it; that moment has passed when they are looked for by a statement of its own.
 * Prepared transactions are looked for after the others, since one may turn into the other: no server tells when a
 * prepared transaction began, only what it has locked. One that has written the table stops the window.
 */
export async function findWatermark(request: WatermarkRequest): Promise<Watermark> {
  const { session, facts, relation, column, timezone, lagMs } = request;
  const high = inColumnType(column, timezone, 'least(b.clock, b.oldest)');
  const action = 'find out how far the watermark may reach';
  const [clock] = await session.run(`select (${clockSql(facts)})::text`, { action });
  const now = clock!.rows[0]![0];
  if (now === null || now === undefined) return stopped(request, 'this standby has replayed nothing yet');
  const [oldest, silent, prepared, bound] = await session.run(
    `${OLDEST}; ${SILENT}; ${preparedSql(relation)}; select (${high})::text, (b.oldest < b.clock)::text
      from (select ${quoteLiteral(now)}::timestamptz - make_interval(secs => ${lagMs / 1000}) as clock,
        (select min(s.xact_start) from ${OTHERS}) as oldest) b`,
    { action },
  );
  const gids = prepared!.rows[0]![0];
  if (gids !== null && gids !== undefined)
    return stopped(request, `a prepared transaction (${gids}), whose start nobody knows`);
  const [start, pid, user, application] = oldest!.rows[0] ?? [];
  const [value, isHeldBack] = bound!.rows[0]!;
  const name = application ? `, ${application}` : '';
  return {
    high: value!,
    ...(isHeldBack === 'true'
      ? { heldBackBy: `a transaction of ${user} (process ${pid}${name}), open since ${start}` }
      : {}),
    ...exactness(request, silent!.rows[0]![0] === 'true'),
  };
}

function clockSql({ isStandby }: Facts): string {
  // What the primary commits is here only when it was replayed.
  return isStandby
    ? 'select case when p.at is not null then least(statement_timestamp(), p.at) end from (select pg_catalog.pg_last_xact_replay_timestamp() as at) p'
    : 'statement_timestamp()';
}

/** The names of prepared transactions that have written what is read. Only they hold locks without a process. */
function preparedSql(relation: Relation | undefined): string {
  const tables =
    relation === undefined || !/^(?:partitioned )?table$/.test(relation.kind)
      ? 'l.relation >= 16384'
      : `l.relation in (with recursive tree (oid) as (select ${relation.oid}::oid
          union select i.inhrelid from pg_catalog.pg_inherits i join tree on i.inhparent = tree.oid)
        select oid from tree)`;
  return `select case when exists (
    select from pg_catalog.pg_locks l
    where l.pid is null and l.locktype = 'relation' and l.mode not in ('AccessShareLock', 'RowShareLock')
      and l.database = (select d.oid from pg_catalog.pg_database d where d.datname = pg_catalog.current_database())
      and ${tables})
  then coalesce((select string_agg(p.gid, ', ' order by p.gid) from pg_catalog.pg_prepared_xacts p
    where p.database = pg_catalog.current_database()), 'that has just ended') end`;
}

function stopped(request: WatermarkRequest, by: string): Watermark {
  return { high: '-infinity', heldBackBy: by, ...exactness(request, false) };
}

function exactness(
  { facts, relation }: WatermarkRequest,
  areSilent: boolean,
): Pick<Watermark, 'exact' | 'reason'> {
  const reason = unseen(facts, relation, areSilent);
  return reason === undefined ? { exact: true } : { exact: false, reason };
}

/** Why rows may come that are older than the watermark. */
function unseen(
  { isStandby, seesSessions, role }: Facts,
  relation: Relation | undefined,
  areSilent: boolean,
): string | undefined {
  if (relation?.kind === 'materialized view')
    return 'a materialized view has new rows only when it is refreshed: lag must be longer than the time between, or the strategy cursor';
  if (relation?.kind === 'foreign table')
    return 'this is a foreign table: what is open on its own server is not seen here';
  if (isStandby) return 'this server is a standby: what is open on its primary is not seen here';
  if (areSilent) return 'track_activities is off for a session: what that has open is not seen';
  if (seesSessions) return undefined;
  return `the role ${role} may not see what others have open (grant pg_read_all_stats to ${role})`;
}
