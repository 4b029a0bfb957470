import type { Session } from '../connection/session.js';
import type { TableName } from '../write/target-table.js';
import type { PublishedTable } from './published-table.js';

/** SQL that makes another table of the shape of one (see `tableShape`), in the order in which it is run. */
export interface TableBlueprint {
  /** The table with its columns, defaults and checks, for its owner. */
  readonly make: readonly string[];
  /** What is made when the rows are in: indexes and their constraints under names of our own, rights, comments. */
  readonly finish: readonly string[];
  /** Once nobody else is at the old table: makes room for the names. */
  readonly free: readonly string[];
  /** When the old table is gone: gives the names. */
  readonly name: readonly string[];
  /** Names of our own, and those that they stand for: for messages. */
  readonly stands: ReadonlyMap<string, string>;
}

type Part = Exclude<keyof TableBlueprint, 'stands'>;

/**
 * `$1` the table, `$2` the new one as SQL, `$3` its name. A part, an order within it, a statement. Names of indexes and
 * statistics are taken until the old table is gone, so the new ones are numbered: `names`.
 */
const STATEMENTS = `with t as (
  select c.*, pg_catalog.format('%I.%I', n.nspname, c.relname) as sql, n.nspname from pg_catalog.pg_class c
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace where c.oid = $1::oid
),
i as (
  select i.*, r.relname, r.reloptions, k.oid as constraint_id, k.conname,
    $3::text || '_' || pg_catalog.row_number() over (order by i.indexrelid) as made,
    coalesce((select s.spcname from pg_catalog.pg_tablespace s where s.oid = r.reltablespace), '') as space,
    pg_catalog.pg_get_indexdef(i.indexrelid) as definition,
    pg_catalog.format('CREATE %sINDEX %I ON %s ', case when i.indisunique then 'UNIQUE ' end, r.relname, t.sql) as head
  from t join pg_catalog.pg_index i on i.indrelid = t.oid join pg_catalog.pg_class r on r.oid = i.indexrelid
  left join pg_catalog.pg_constraint k on k.conindid = i.indexrelid and k.conrelid = t.oid
),
s as (
  select s.*, n.nspname, $3::text || '_s' || pg_catalog.row_number() over (order by s.oid) as made,
    pg_catalog.pg_get_statisticsobjdef(s.oid) as definition,
    pg_catalog.format('CREATE STATISTICS %I.%I ', n.nspname, s.stxname) as head,
    ' FROM ' || s.stxrelid::pg_catalog.regclass::text as tail
  from t join pg_catalog.pg_statistic_ext s on s.stxrelid = t.oid join pg_catalog.pg_namespace n on n.oid = s.stxnamespace
),
a as (
  select a.* from t join pg_catalog.pg_attribute a on a.attrelid = t.oid and a.attnum > 0 and not a.attisdropped
),
q as (
  select r.oid, r.relname, r.relacl, r.relowner, a.attname, p.seqcache from t
  join pg_catalog.pg_depend d on d.refclassid = 'pg_catalog.pg_class'::regclass and d.refobjid = t.oid
    and d.classid = d.refclassid and d.deptype = 'i'
  join pg_catalog.pg_class r on r.oid = d.objid and r.relkind = 'S' join pg_catalog.pg_sequence p on p.seqrelid = r.oid
  join a on a.attnum = d.refobjsubid
),
o as (
  select x.place, x.rank, pg_catalog.format('%s%I=%L', x.prefix, y.option_name, y.option_value) as option from (
    select t.reloptions, '' as prefix, 0 as place, 0 as rank from t
    union all select r.reloptions, 'toast.', 0, 1 from t join pg_catalog.pg_class r on r.oid = t.reltoastrelid
  ) x, pg_catalog.pg_options_to_table(x.reloptions) y
)
select part, statement from (
  select 'make' as part, 0 as step, 0::bigint as at, pg_catalog.format(
    'create table %s (like %s including defaults including generated including identity including storage %s) using %I %s tablespace %I',
    $2::text, t.sql, case when pg_catalog.current_setting('server_version_num')::int >= 140000 then 'including compression' end,
    m.amname, 'with (' || (select pg_catalog.string_agg(option, ', ' order by rank) from o) || ')',
    (select s.spcname from pg_catalog.pg_tablespace s where s.oid = case t.reltablespace when 0 then
      (select d.dattablespace from pg_catalog.pg_database d where d.datname = pg_catalog.current_database()) else t.reltablespace end)
  ) as statement from t join pg_catalog.pg_am m on m.oid = t.relam
  union all select 'make', 1, 0, pg_catalog.format('alter table %s owner to %I', $2::text, pg_catalog.pg_get_userbyid(t.relowner)) from t
  union all select 'make', 2, k.oid::bigint, pg_catalog.format('alter table %s add constraint %I %s', $2::text, k.conname,
    pg_catalog.pg_get_constraintdef(k.oid)) from t join pg_catalog.pg_constraint k on k.conrelid = t.oid and k.contype = 'c'
  union all select 'make', 3, a.attnum, pg_catalog.format('alter table %s alter column %I set statistics %s', $2::text, a.attname, a.attstattarget)
    from a where a.attstattarget >= 0
  union all select 'make', 4, a.attnum, pg_catalog.format('alter table %s alter column %I set (%s)', $2::text, a.attname,
    (select pg_catalog.string_agg(pg_catalog.format('%I=%L', y.option_name, y.option_value), ', ') from pg_catalog.pg_options_to_table(a.attoptions) y))
    from a where a.attoptions is not null
  -- Nobody may take a number of an identity while the new one goes on from where it stands.
  union all select 'make', 5, q.oid::bigint, pg_catalog.format('alter sequence %I.%I cache %s', t.nspname, q.relname, q.seqcache) from t, q
  union all select 'make', 6, q.oid::bigint, pg_catalog.format(
    'select pg_catalog.setval(pg_catalog.pg_get_serial_sequence(%L, %L), last_value, is_called) from %I.%I', $2::text, q.attname, t.nspname, q.relname) from t, q

  union all select 'finish', 0, i.indexrelid::bigint, pg_catalog.format('set local default_tablespace = %L', i.space) from i
  union all select 'finish', 0, i.indexrelid::bigint, case
    when i.constraint_id is not null then pg_catalog.format('alter table %s add constraint %I %s', $2::text, i.made, pg_catalog.pg_get_constraintdef(i.constraint_id))
    when pg_catalog.starts_with(i.definition, i.head) then pg_catalog.format('create %sindex %I on %s %s', case when i.indisunique then 'unique ' end,
      i.made, $2::text, pg_catalog.substr(i.definition, pg_catalog.length(i.head) + 1))
    end from i
  union all select 'finish', 1, i.indexrelid::bigint, pg_catalog.format('alter index %I.%I set (%s)', t.nspname, i.made,
    (select pg_catalog.string_agg(pg_catalog.format('%I=%L', y.option_name, y.option_value), ', ') from pg_catalog.pg_options_to_table(i.reloptions) y))
    from t, i where i.constraint_id is not null and i.reloptions is not null
  union all select 'finish', 2, e.attnum, pg_catalog.format('alter index %I.%I alter column %s set statistics %s', t.nspname, i.made, e.attnum, e.attstattarget)
    from t, i join pg_catalog.pg_attribute e on e.attrelid = i.indexrelid where e.attstattarget >= 0
  union all select 'finish', 3, 0, pg_catalog.format('alter table %s cluster on %I', $2::text, i.made) from i where i.indisclustered
  union all select 'finish', 3, 0, pg_catalog.format('alter table %s replica identity %s', $2::text, case t.relreplident when 'f' then 'full' when 'n' then 'nothing'
    when 'i' then 'using index ' || (select pg_catalog.quote_ident(i.made) from i where i.indisreplident) end) from t where t.relreplident <> 'd'
  union all select 'finish', 4, s.oid::bigint, case when pg_catalog.starts_with(s.definition, s.head) and pg_catalog.right(s.definition, pg_catalog.length(s.tail)) = s.tail
    then pg_catalog.format('create statistics %I.%I %s from %s', s.nspname, s.made, pg_catalog.substr(s.definition, pg_catalog.length(s.head) + 1,
      pg_catalog.length(s.definition) - pg_catalog.length(s.head) - pg_catalog.length(s.tail)), $2::text) end from s
  union all select 'finish', 5, s.oid::bigint, pg_catalog.format('alter statistics %I.%I set statistics %s', s.nspname, s.made, s.stxstattarget) from s where s.stxstattarget >= 0
  union all select 'finish', 5, s.oid::bigint, pg_catalog.format('alter statistics %I.%I owner to %I', s.nspname, s.made, pg_catalog.pg_get_userbyid(s.stxowner)) from s
  union all select 'finish', 6, 0, pg_catalog.format('comment on table %s is %L', $2::text, pg_catalog.obj_description(t.oid, 'pg_class'))
    from t where pg_catalog.obj_description(t.oid, 'pg_class') is not null
  union all select 'finish', 6, a.attnum, pg_catalog.format('comment on column %s.%I is %L', $2::text, a.attname, pg_catalog.col_description(a.attrelid, a.attnum))
    from a where pg_catalog.col_description(a.attrelid, a.attnum) is not null
  union all select 'finish', 6, i.indexrelid::bigint, pg_catalog.format('comment on index %I.%I is %L', t.nspname, i.made, pg_catalog.obj_description(i.indexrelid, 'pg_class'))
    from t, i where pg_catalog.obj_description(i.indexrelid, 'pg_class') is not null
  union all select 'finish', 6, s.oid::bigint, pg_catalog.format('comment on statistics %I.%I is %L', s.nspname, s.made, pg_catalog.obj_description(s.oid, 'pg_statistic_ext'))
    from s where pg_catalog.obj_description(s.oid, 'pg_statistic_ext') is not null
  union all select 'finish', 6, k.oid::bigint, pg_catalog.format('comment on constraint %I on %s is %L', coalesce(i.made, k.conname), $2::text,
    pg_catalog.obj_description(k.oid, 'pg_constraint'))
    from t join pg_catalog.pg_constraint k on k.conrelid = t.oid left join i on i.constraint_id = k.oid
    where pg_catalog.obj_description(k.oid, 'pg_constraint') is not null
  union all select 'finish', 7, 0, pg_catalog.format('analyze %s', $2::text)

  union all select 'free', 0, d.objid::bigint, pg_catalog.format('alter sequence %s owned by %s.%I', d.objid::regclass, $2::text, a.attname)
    from t join pg_catalog.pg_depend d on d.refclassid = 'pg_catalog.pg_class'::regclass and d.refobjid = t.oid
      and d.classid = d.refclassid and d.deptype = 'a' join pg_catalog.pg_class r on r.oid = d.objid and r.relkind = 'S'
    join a on a.attnum = d.refobjsubid
  union all select 'free', 1, 0, pg_catalog.format('drop table %s', t.sql) from t

  union all select 'stands', 0, 0, pg_catalog.jsonb_build_array(i.made, i.relname)::text from i
  union all select 'name', 0, 0, pg_catalog.format('alter table %s rename to %I', $2::text, t.relname) from t
  union all select 'name', 1, i.indexrelid::bigint, case when i.constraint_id is null
    then pg_catalog.format('alter index %I.%I rename to %I', t.nspname, i.made, i.relname)
    else pg_catalog.format('alter table %s rename constraint %I to %I', t.sql, i.made, i.conname) end from t, i
  union all select 'name', 2, s.oid::bigint, pg_catalog.format('alter statistics %I.%I rename to %I', s.nspname, s.made, s.stxname) from s
) x order by part, step, at, statement like 'set local%' desc`;

/** Tells how to make another table of the shape that a table has; undefined: that isn't known. */
export async function tableBlueprint(
  session: Session,
  table: PublishedTable,
  made: TableName,
): Promise<TableBlueprint | undefined> {
  const { rows } = await session.query(STATEMENTS, [table.oid, made.sql, made.name], {
    action: `look at how ${table.sql} is made`,
  });
  if (rows.some(([, statement]) => statement === null)) return undefined;
  const of = (part: Part | 'stands') =>
    rows.filter(([name]) => name === part).map(([, statement]) => statement!);
  // The longest first: the table's name begins the others.
  const stands = [
    ...of('stands').map((pair) => JSON.parse(pair) as [string, string]),
    [made.name, table.name] as const,
  ].sort(([a], [b]) => b.length - a.length);
  return {
    make: of('make'),
    finish: of('finish'),
    free: of('free'),
    name: of('name'),
    stands: new Map(stands),
  };
}
