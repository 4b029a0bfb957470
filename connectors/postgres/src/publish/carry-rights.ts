import type { Session } from '../connection/session.js';
import type { TableName } from '../write/target-table.js';
import type { PublishedTable } from './published-table.js';

/** SQL for what goes over to a new table only when that is there. */
export interface Carried {
  /** Gives rights, comments and types of sequences; what others may do by default is taken away. */
  readonly rights: readonly string[];
  /** Gives the sequences of identity columns their names, once these are free. */
  readonly names: readonly string[];
}

/** The old table and its identity sequences, each with the new one's: `$1` the table, `$2` the new one as SQL. */
const CARRIED = `with pairs as (
  select $1::oid as old, pg_catalog.to_regclass($2::text)::oid as new, 'table' as kind, 'r'::"char" as letter, null::text as comment
  union all
  select r.oid, pg_catalog.pg_get_serial_sequence($2::text, a.attname)::regclass::oid, 'sequence', 's', pg_catalog.obj_description(r.oid, 'pg_class')
  from pg_catalog.pg_depend d join pg_catalog.pg_class r on r.oid = d.objid and r.relkind = 'S'
  join pg_catalog.pg_attribute a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid
  where d.classid = 'pg_catalog.pg_class'::regclass and d.refclassid = d.classid and d.refobjid = $1::oid and d.deptype = 'i'
),
acls as (
  select p.*, pg_catalog.format('%I.%I', s.nspname, n.relname) as sql, o.relname as old_name, n.relname as new_name,
    o.relacl is not null or n.relacl is not null as differs,
    coalesce(o.relacl, pg_catalog.acldefault(p.letter, o.relowner)) as old_acl,
    coalesce(n.relacl, pg_catalog.acldefault(p.letter, n.relowner)) as new_acl
  from pairs p join pg_catalog.pg_class o on o.oid = p.old join pg_catalog.pg_class n on n.oid = p.new
  join pg_catalog.pg_namespace s on s.oid = n.relnamespace
)
select part, statement from (
  select 'rights' as part, 0 as step, 0::bigint as at, pg_catalog.format('revoke all on %s %s from %s', c.kind, c.sql,
    case x.grantee when 0 then 'public' else pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(x.grantee)) end) as statement
  from acls c, pg_catalog.aclexplode(c.new_acl) x where c.differs
  union all select 'rights', 1, x.at, pg_catalog.format('grant %s on %s %s to %s%s', x.privilege_type, c.kind, c.sql,
    case x.grantee when 0 then 'public' else pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(x.grantee)) end,
    case when x.is_grantable then ' with grant option' end)
  from acls c, pg_catalog.aclexplode(c.old_acl) with ordinality x(grantor, grantee, privilege_type, is_grantable, at) where c.differs
  union all select 'rights', 2, a.attnum * 100000::bigint + x.at, pg_catalog.format('grant %s (%I) on table %s to %s%s', x.privilege_type, a.attname, $2::text,
    case x.grantee when 0 then 'public' else pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(x.grantee)) end,
    case when x.is_grantable then ' with grant option' end)
  from pg_catalog.pg_attribute a, pg_catalog.aclexplode(a.attacl) with ordinality x(grantor, grantee, privilege_type, is_grantable, at)
  where a.attrelid = $1::oid and not a.attisdropped
  union all select 'rights', 3, 0, pg_catalog.format('comment on sequence %s is %L', c.sql, c.comment) from acls c where c.comment is not null
  -- LIKE makes them of bigint.
  union all select 'rights', 4, c.old::bigint, pg_catalog.format('alter sequence %s as %s minvalue %s maxvalue %s', c.sql,
    pg_catalog.format_type(q.seqtypid, null), q.seqmin, q.seqmax)
  from acls c join pg_catalog.pg_sequence q on q.seqrelid = c.old join pg_catalog.pg_sequence m on m.seqrelid = c.new
  where m.seqtypid <> q.seqtypid
  union all select 'names', 0, c.old::bigint, pg_catalog.format('alter sequence %s rename to %I', c.sql, c.old_name)
  from acls c where c.kind = 'sequence' and c.old_name <> c.new_name
) x order by part, step, at`;

/** Tells how a new table and its identity sequences get rights, names and comments of those of a table. */
export async function carriedRights(
  session: Session,
  table: PublishedTable,
  made: TableName,
): Promise<Carried> {
  const { rows } = await session.query(CARRIED, [table.oid, made.sql], {
    action: `look at the rights on ${table.sql}`,
  });
  const of = (part: keyof Carried) => [
    ...new Set(rows.filter(([name]) => name === part).map(([, sql]) => sql!)),
  ];
  return { rights: of('rights'), names: of('names') };
}
