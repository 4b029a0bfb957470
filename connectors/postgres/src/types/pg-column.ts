import type { DataType } from '@datacook/core';

/**
 * The form of a value in a binary COPY: that of the base type under all domains. Enums, `varchar`, `char(n)`, `name`
 * and what is cast are sent as `text` is; `timestamptz` as `timestamp`.
 */
export type Wire = ScalarWire | { readonly array: Wire };

export type ScalarWire =
  | 'bool'
  | 'bytea'
  | 'char'
  | 'date'
  | 'float4'
  | 'float8'
  | 'int2'
  | 'int4'
  | 'int8'
  | 'interval'
  | 'json'
  | 'jsonb'
  | 'numeric'
  | 'oid'
  | 'text'
  | 'time'
  | 'timestamp'
  | 'timetz'
  | 'uuid';

/** A column of a table or query, and how it is read. Plain JSON, so that it may be kept in a plan. */
export interface PgColumn {
  readonly name: string;
  readonly type: DataType;
  /** As `format_type()` says it. */
  readonly nativeType: string;
  readonly nullable: boolean;
  readonly oid: number;
  readonly typmod: number;
  /** How it is selected: the column itself, or cast to text (what we have no type for, or what was asked for as text). */
  readonly cast?: 'text';
  /** Absent where `oid` or `cast` says it: for the built-in scalar types. */
  readonly wire?: Wire;
}
