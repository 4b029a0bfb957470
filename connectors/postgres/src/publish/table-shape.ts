import type { Session } from '../connection/session.js';
import type { TableName } from '../write/target-table.js';

/** What differs between two tables that are the same to everybody: numbers, pages, and hints that may be out of date. */
const PHYSICAL = `'{oid,reltype,reltoastrelid,relfilenode,relpages,reltuples,relallvisible,relallfrozen,relfrozenxid,
relminmxid,relacl,relnatts,relhasindex,relhasrules,relhastriggers,relhassubclass,relrewrite}'::text[]`;

/** Rights, whether they are the ones that are given by default or written down, in whatever order. */
const rights = (
  acl: string,
) => `(select pg_catalog.jsonb_agg(pg_catalog.to_jsonb(x) order by x.grantee, x.grantor, x.privilege_type)
  from pg_catalog.aclexplode(${acl}) x)`;

const SHAPE = `select pg_catalog.jsonb_build_object(
  'table', pg_catalog.to_jsonb(c) - ${PHYSICAL},
  'comment', pg_catalog.obj_description(c.oid, 'pg_class'),
  'rights', ${rights("coalesce(c.relacl, pg_catalog.acldefault('r', c.relowner))")},
  'toast', (select t.reloptions from pg_catalog.pg_class t where t.oid = c.reltoastrelid),
  'columns', (select pg_catalog.jsonb_agg(
      (pg_catalog.to_jsonb(a) - '{attrelid,attnum,attcacheoff,atthasmissing,attmissingval,attndims,attacl}'::text[])
      || pg_catalog.jsonb_build_object('default', pg_catalog.pg_get_expr(d.adbin, d.adrelid),
        'rights', ${rights('a.attacl')}, 'comment', pg_catalog.col_description(a.attrelid, a.attnum)) order by a.attnum)
    from pg_catalog.pg_attribute a left join pg_catalog.pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
    where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped),
  'indexes', (select pg_catalog.jsonb_agg(
      (pg_catalog.to_jsonb(i) - '{indexrelid,indrelid,indkey,indexprs,indpred,indcheckxmin}'::text[])
      || pg_catalog.jsonb_build_object('class', pg_catalog.to_jsonb(r) - ${PHYSICAL},
        'definition', pg_catalog.pg_get_indexdef(r.oid), 'comment', pg_catalog.obj_description(r.oid, 'pg_class'),
        'targets', (select pg_catalog.jsonb_agg(a.attstattarget order by a.attnum)
          from pg_catalog.pg_attribute a where a.attrelid = r.oid)) order by r.relname)
    from pg_catalog.pg_index i join pg_catalog.pg_class r on r.oid = i.indexrelid where i.indrelid = c.oid),
  'constraints', (select pg_catalog.jsonb_agg(
      (pg_catalog.to_jsonb(k) - '{oid,conrelid,conindid,conkey,conbin}'::text[])
      || pg_catalog.jsonb_build_object('definition', pg_catalog.pg_get_constraintdef(k.oid),
        'comment', pg_catalog.obj_description(k.oid, 'pg_constraint')) order by k.conname)
    from pg_catalog.pg_constraint k where k.conrelid = c.oid),
  'statistics', (select pg_catalog.jsonb_agg(
      (pg_catalog.to_jsonb(s) - '{oid,stxrelid,stxkeys,stxexprs}'::text[])
      || pg_catalog.jsonb_build_object('definition', pg_catalog.pg_get_statisticsobjdef(s.oid),
        'comment', pg_catalog.obj_description(s.oid, 'pg_statistic_ext')) order by s.stxnamespace, s.stxname)
    from pg_catalog.pg_statistic_ext s where s.stxrelid = c.oid),
  'sequences', (select pg_catalog.jsonb_agg((pg_catalog.to_jsonb(s) - 'seqrelid')
      || pg_catalog.jsonb_build_object('class', pg_catalog.to_jsonb(r) - ${PHYSICAL}, 'owned', d.deptype, 'column', a.attname,
        'rights', ${rights("coalesce(r.relacl, pg_catalog.acldefault('s', r.relowner))")},
        'comment', pg_catalog.obj_description(r.oid, 'pg_class')) order by r.relname)
    from pg_catalog.pg_depend d join pg_catalog.pg_class r on r.oid = d.objid and r.relkind = 'S'
    join pg_catalog.pg_sequence s on s.seqrelid = r.oid
    join pg_catalog.pg_attribute a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid
    where d.classid = 'pg_catalog.pg_class'::regclass and d.refclassid = d.classid and d.refobjid = c.oid
      and d.deptype in ('a', 'i'))
)::text from pg_catalog.pg_class c where c.oid = pg_catalog.to_regclass($1)`;

/**
 * All that the catalog says of a table, its columns, indexes, constraints, statistics and sequences, by their names:
 * two tables of one shape are the same table to everybody but for their rows. Whole rows of the catalog are in it, so
 * it has also what a server to come may add to them. (`attndims` isn't in it, which the server sets and never uses.)
 */
export async function tableShape(session: Session, table: TableName): Promise<string> {
  const { rows } = await session.query(SHAPE, [table.sql], { action: `look at what ${table.sql} has` });
  return rows[0]?.[0] ?? '';
}
