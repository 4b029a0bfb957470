import { baseType } from './base-types.js';
import type { PgColumn } from './pg-column.js';
import type { TargetForm } from './target-form.js';
import { type Query, TypeCatalog } from './type-catalog.js';

interface TargetType {
  /** `pg_type.typtype`: base, composite, domain, enum, multirange, pseudo, range. */
  readonly kind: string;
  /** Of a domain. */
  readonly base?: { readonly oid: number; readonly typmod: number };
  /** Of an array. */
  readonly element?: { readonly oid: number; readonly delimiter: string };
  readonly isNotNull: boolean;
  readonly hasDefault: boolean;
  /** It has an operator class of its own, or that of a type whose values have the same bytes. */
  readonly hasOperators: boolean;
}

/** As in `TypeCatalog`: only the array type of its elements is an array. */
const TYPES = `select t.oid::text, t.typtype::text, t.typbasetype::text, t.typtypmod::text, e.oid::text, e.typdelim::text,
  t.typnotnull::text, (t.typdefaultbin is not null)::text,
  exists (select from pg_catalog.pg_opclass c join pg_catalog.pg_am m on m.oid = c.opcmethod
    where m.amname in ('btree', 'hash') and c.opcdefault and (c.opcintype = t.oid or exists (
      select from pg_catalog.pg_cast x where x.castsource = t.oid and x.casttarget = c.opcintype
        and x.castmethod = 'b' and x.castcontext = 'i')))::text
from pg_catalog.pg_type t left join pg_catalog.pg_type e on e.oid = t.typelem and e.typarray = t.oid
where t.oid = any ($1::oid[])`;

/** What the server's catalog says about types that are written to. */
export class TargetCatalog {
  private readonly types = new Map<number, TargetType>();
  private readonly reading = new TypeCatalog();

  /** Asks for these types, and for what they are made of: a statement for each level of nesting. */
  async load(query: Query, oids: readonly number[]): Promise<void> {
    await this.reading.load(query, oids);
    let wanted = [...new Set(oids)];
    while (wanted.length > 0) {
      const rows = await query(TYPES, [`{${wanted.join(',')}}`]);
      for (const [oid, kind, base, typmod, element, delimiter, isNotNull, hasDefault, hasOperators] of rows) {
        this.types.set(Number(oid), {
          kind: kind!,
          ...(kind === 'd' && { base: { oid: Number(base), typmod: Number(typmod) } }),
          ...(typeof element === 'string' && { element: { oid: Number(element), delimiter: delimiter! } }),
          isNotNull: isNotNull === 'true',
          hasDefault: hasDefault === 'true',
          hasOperators: hasOperators === 'true',
        });
      }
      const parts = wanted.flatMap((oid) => {
        const type = this.types.get(oid);
        return [type?.base?.oid, type?.element?.oid].filter((part) => part !== undefined);
      });
      wanted = [...new Set(parts)].filter((oid) => !this.types.has(oid));
    }
  }

  /** What a column reads back as. */
  readAs(oid: number, typmod: number): Pick<PgColumn, 'type' | 'wire' | 'cast'> {
    return this.reading.resolve(oid, typmod) ?? { type: { kind: 'utf8' }, wire: 'text', cast: 'text' };
  }

  /** How a column is written. */
  form(oid: number, typmod: number): TargetForm {
    const scalar = baseType(oid, typmod);
    if (scalar !== undefined) return { kind: 'scalar', oid, typmod, ...scalar };
    const type = this.types.get(oid);
    if (type?.kind === 'e') return { kind: 'enum' };
    if (type?.base !== undefined) return this.form(type.base.oid, type.base.typmod);
    if (type?.element === undefined) return { kind: 'other' };
    const { oid: elementOid, delimiter } = type.element;
    return { kind: 'array', elementOid, element: this.form(elementOid, typmod), delimiter };
  }

  /** What domains add to a column of the type. */
  domain(oid: number): { readonly isNotNull: boolean; readonly hasDefault: boolean } {
    const type = this.types.get(oid);
    if (type?.base === undefined) return { isNotNull: false, hasDefault: false };
    const inner = this.domain(type.base.oid);
    return {
      isNotNull: type.isNotNull || inner.isNotNull,
      hasDefault: type.hasDefault || inner.hasDefault,
    };
  }

  hasEquality(oid: number): boolean {
    const type = this.types.get(oid);
    if (type === undefined) return false;
    if (type.base !== undefined) return this.hasEquality(type.base.oid);
    if (type.element !== undefined) return this.hasEquality(type.element.oid);
    return type.kind === 'e' || type.kind === 'r' || type.kind === 'm' || type.hasOperators;
  }
}
