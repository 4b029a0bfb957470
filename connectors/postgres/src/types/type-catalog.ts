import type { DataType } from '@datacook/core';
import { baseType } from './base-types.js';
import type { Wire } from './pg-column.js';

/** Runs a statement; values are text, as the server writes them. */
export type Query = (sql: string, values?: unknown[]) => Promise<readonly (string | null)[][]>;

/** A type as it is read, and as it is sent. */
export interface ResolvedType {
  readonly type: DataType;
  readonly wire: Wire;
}

interface CatalogType {
  readonly isEnum: boolean;
  /** Of a domain. */
  readonly base?: { readonly oid: number; readonly typmod: number };
  /** Of an array. */
  readonly element?: number;
}

/** `int2vector` and its like have elements, but aren't the array type of these: the second join leaves them out. */
const TYPES = `select t.oid::text, t.typtype::text, t.typbasetype::text, t.typtypmod::text, e.oid::text
from pg_catalog.pg_type t left join pg_catalog.pg_type e on e.oid = t.typelem and e.typarray = t.oid
where t.oid = any ($1::oid[])`;

/** What the server's catalog says about the types that aren't built-in scalars. */
export class TypeCatalog {
  private readonly types = new Map<number, CatalogType>();

  /** Asks for these types, and for what they are made of: a statement for each level of nesting. */
  async load(query: Query, oids: Iterable<number>): Promise<void> {
    let wanted = this.unknown(oids);
    while (wanted.length > 0) {
      const rows = await query(TYPES, [`{${wanted.join(',')}}`]);
      const next: number[] = [];
      for (const [oid, kind, base, typmod, element] of rows) {
        const type: CatalogType = {
          isEnum: kind === 'e',
          ...(kind === 'd' && { base: { oid: Number(base), typmod: Number(typmod) } }),
          ...(typeof element === 'string' && { element: Number(element) }),
        };
        this.types.set(Number(oid), type);
        if (type.base !== undefined) next.push(type.base.oid);
        if (type.element !== undefined) next.push(type.element);
      }
      wanted = this.unknown(next);
    }
  }

  /** What a type becomes; undefined if there is no type of ours for it. */
  resolve(oid: number, typmod: number): ResolvedType | undefined {
    const scalar = baseType(oid, typmod);
    if (scalar !== undefined) return scalar;
    const type = this.types.get(oid);
    if (type === undefined) return undefined;
    if (type.isEnum) return { type: { kind: 'utf8' }, wire: 'text' };
    if (type.base !== undefined) return this.resolve(type.base.oid, type.base.typmod);
    if (type.element === undefined) return undefined;
    const element = this.resolve(type.element, typmod);
    if (element === undefined) return undefined;
    return {
      type: { kind: 'list', item: { name: 'item', type: element.type, nullable: true } },
      wire: { array: element.wire },
    };
  }

  private unknown(oids: Iterable<number>): number[] {
    return [...new Set(oids)].filter((oid) => baseType(oid, -1) === undefined && !this.types.has(oid));
  }
}
