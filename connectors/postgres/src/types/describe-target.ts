import type { Session } from '../connection/session.js';
import { TargetCatalog } from './target-catalog.js';
import type { TargetColumn } from './target-column.js';

/** `attgenerated` is there since PostgreSQL 12. */
const COLUMNS = `select a.attname::text, a.atttypid::text, a.atttypmod::text, a.attnotnull::text,
  (a.attidentity <> '')::text, (coalesce(pg_catalog.to_jsonb(a) ->> 'attgenerated', '') <> '')::text,
  a.atthasdef::text, pg_catalog.format_type(a.atttypid, a.atttypmod)
from pg_catalog.pg_attribute a
where a.attrelid = $1::oid and a.attnum > 0 and not a.attisdropped order by a.attnum`;

/** The columns of a table, in the order of their numbers. */
export async function describeTarget(session: Session, oid: number): Promise<readonly TargetColumn[]> {
  const place = { action: `describe the table with the OID ${oid}` };
  const { rows } = await session.query(COLUMNS, [String(oid)], place);
  const catalog = new TargetCatalog();
  await catalog.load(
    async (sql, values = []) => (await session.query(sql, values, place)).rows as (string | null)[][],
    rows.map(([, type]) => Number(type)),
  );
  return rows.map(([name, type, modifier, notNull, identity, generated, hasDefault, typeSql]) => {
    const typeOid = Number(type);
    const typmod = Number(modifier);
    const isIdentity = identity === 'true';
    const isGenerated = generated === 'true';
    const domain = catalog.domain(typeOid);
    return {
      name: name!,
      oid: typeOid,
      typmod,
      nativeType: typeSql!,
      nullable: notNull !== 'true' && !domain.isNotNull,
      ...catalog.readAs(typeOid, typmod),
      isGenerated,
      isIdentity,
      hasDefault: !isGenerated && (isIdentity || hasDefault === 'true' || domain.hasDefault),
      typeSql: typeSql!,
      hasEquality: catalog.hasEquality(typeOid),
      form: catalog.form(typeOid, typmod),
    };
  });
}
