import type { Session } from '../connection/session.js';
import type { PublishedTable } from './published-table.js';

/**
 * `own`: the table and what goes with it, of the kinds that can be made anew. Whatever else depends on one of these is
 * in the way, of whatever kind: views, functions, rules, triggers, policies, foreign keys, children, publications.
 */
const OBSTACLE = `with t as (select c.* from pg_catalog.pg_class c where c.oid = $1::oid),
depends as (
  select d.classid, d.objid, d.refclassid, d.refobjid, d.deptype from pg_catalog.pg_depend d
),
own as (
  select 'pg_catalog.pg_class'::regclass::oid as classid, t.oid as objid from t
  union all select 'pg_catalog.pg_class'::regclass, t.reltoastrelid from t where t.reltoastrelid <> 0
  union all select 'pg_catalog.pg_type'::regclass, y.oid from t join pg_catalog.pg_type y on y.oid = t.reltype
  union all select 'pg_catalog.pg_type'::regclass, y.typarray from t join pg_catalog.pg_type y on y.oid = t.reltype
  union all select 'pg_catalog.pg_class'::regclass, i.indexrelid from t join pg_catalog.pg_index i on i.indrelid = t.oid
  union all select 'pg_catalog.pg_class'::regclass, i.indexrelid from t join pg_catalog.pg_index i on i.indrelid = t.reltoastrelid
  union all select 'pg_catalog.pg_attrdef'::regclass, d.oid from t join pg_catalog.pg_attrdef d on d.adrelid = t.oid
  union all select 'pg_catalog.pg_constraint'::regclass, k.oid from t join pg_catalog.pg_constraint k
    on k.conrelid = t.oid and k.contype in ('c', 'n', 'p', 'u', 'x')
  -- What checks deferrable keys.
  union all select 'pg_catalog.pg_trigger'::regclass, g.oid from t join pg_catalog.pg_trigger g on g.tgrelid = t.oid and g.tgisinternal
    join pg_catalog.pg_constraint k on k.oid = g.tgconstraint and k.conrelid = t.oid and k.contype in ('p', 'u', 'x')
  union all select 'pg_catalog.pg_statistic_ext'::regclass, s.oid from t join pg_catalog.pg_statistic_ext s on s.stxrelid = t.oid
  union all select d.classid, d.objid from t join depends d on d.refclassid = 'pg_catalog.pg_class'::regclass
    and d.refobjid = t.oid and d.deptype = 'i' and d.classid = d.refclassid
    join pg_catalog.pg_class s on s.oid = d.objid and s.relkind = 'S'
),
kept as (
  select d.classid, d.objid from t join depends d on d.refclassid = 'pg_catalog.pg_class'::regclass
    and d.refobjid = t.oid and d.deptype = 'a' and d.classid = d.refclassid
    join pg_catalog.pg_class s on s.oid = d.objid and s.relkind = 'S'
)
select case
  when t.relkind <> 'r' or t.relpersistence <> 'p' or t.relispartition or t.reloftype <> 0 then 'the kind of table'
  when t.relrowsecurity or t.relforcerowsecurity then 'row level security'
  when exists (select from pg_catalog.pg_inherits h where t.oid in (h.inhrelid, h.inhparent)) then 'inheritance'
  when not pg_catalog.pg_has_role(t.relowner, 'USAGE')
    or not pg_catalog.has_schema_privilege(t.relnamespace, 'CREATE') then 'rights of this role'
  when exists (select from pg_catalog.pg_publication_tables p join pg_catalog.pg_namespace n on n.nspname = p.schemaname
    where n.oid = t.relnamespace and p.tablename = t.relname) then 'a publication'
  when exists (select from pg_catalog.pg_subscription_rel s where s.srrelid = t.oid) then 'a subscription'
  when exists (select from pg_catalog.pg_event_trigger e where e.evtenabled <> 'D') then 'an event trigger'
  when exists (select from pg_catalog.pg_seclabel l join own o on o.classid = l.classoid and o.objid = l.objoid)
    then 'a security label'
  when exists (select from pg_catalog.pg_index i where i.indrelid = t.oid and not (i.indisvalid and i.indisready and i.indislive))
    then 'an index that is not valid'
  when exists (select from pg_catalog.aclexplode(t.relacl) x where x.grantor <> t.relowner)
    or exists (select from pg_catalog.pg_attribute a, pg_catalog.aclexplode(a.attacl) x
      where a.attrelid = t.oid and not a.attisdropped and x.grantor <> t.relowner)
    or exists (select from own o join pg_catalog.pg_class s on s.oid = o.objid and s.relkind = 'S'
      and o.classid = 'pg_catalog.pg_class'::regclass, pg_catalog.aclexplode(s.relacl) x where x.grantor <> t.relowner)
    then 'rights that others than the owner have given'
  when exists (select from own o join depends d on d.classid = o.classid and d.objid = o.objid where d.deptype in ('e', 'x'))
    then 'an extension'
  else (select pg_catalog.pg_describe_object(d.classid, d.objid, 0)
    from depends d join own o on o.classid = d.refclassid and o.objid = d.refobjid
    where not exists (select from own x where x.classid = d.classid and x.objid = d.objid)
      and not exists (select from kept x where x.classid = d.classid and x.objid = d.objid) limit 1)
end::text from t`;

/**
 * What keeps a table from being swapped for another one without anybody noticing; undefined: nothing does. Only what is
 * known to be carried over passes.
 */
export async function swapObstacle(session: Session, table: PublishedTable): Promise<string | undefined> {
  const { rows } = await session.query(OBSTACLE, [table.oid], {
    action: `look for what depends on ${table.sql}`,
  });
  return rows.length === 0 ? 'it is gone' : (rows[0]![0] ?? undefined);
}
