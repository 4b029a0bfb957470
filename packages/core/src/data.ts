/**
 * The type of a column: a closed list, each member with its exact range. How a column holds its values:
 *
 * | kind | `values` |
 * | --- | --- |
 * | `bool` | `Uint8Array`, one bit a value, least significant bit first |
 * | `int` | the typed array of its width and sign (`BigInt64Array`, `BigUint64Array` at 64 bits) |
 * | `float` | `Float32Array`, `Float64Array` |
 * | `decimal` | unscaled: `BigInt64Array` to 18 digits; to 38 digits int128 as `BigInt64Array` of 2 words a value, low word first; beyond that text, like `utf8` |
 * | `date` | `Int32Array`, days since 1970-01-01 |
 * | `time`, `timestamp` | `BigInt64Array`, in `unit`; since midnight, or since 1970-01-01T00:00:00 (UTC where `zoned`). A zoned `time` counts from midnight UTC of its own day, and may lie outside 0…24 h |
 * | `interval` | `Uint8Array` of 16 bytes a value: int32 months, int32 days, int64 nanoseconds, little-endian |
 * | `uuid` | `Uint8Array` of 16 bytes a value, in the order of its text |
 * | `utf8`, `json`, `numeric` | `Uint8Array` of UTF-8, with `offsets` |
 * | `binary` | `Uint8Array`, with `offsets` |
 * | `list` | `offsets` into `children[0]` |
 * | `struct` | `children`, one a field |
 *
 * The greatest and the least integer of a `date` or `timestamp` stand for infinity and minus infinity.
 */
export type DataType =
  | { readonly kind: 'bool' | 'utf8' | 'binary' | 'date' | 'interval' | 'json' | 'uuid' }
  | { readonly kind: 'int'; readonly bits: 8 | 16 | 32 | 64; readonly signed: boolean }
  | { readonly kind: 'float'; readonly bits: 32 | 64 }
  | { readonly kind: 'decimal'; readonly precision: number; readonly scale: number }
  /** Exact, of any size, as text. A destination that has no such type makes it `decimal(38,9)`, or fails. */
  | { readonly kind: 'numeric' }
  | { readonly kind: 'time' | 'timestamp'; readonly unit: 'us' | 'ns'; readonly zoned: boolean }
  | { readonly kind: 'list'; readonly item: Field }
  | { readonly kind: 'struct'; readonly fields: readonly Field[] };

/** A column's name, type and whether NULL may occur. `nativeType` is the type's name in the system it came from, for reports. */
export interface Field {
  readonly name: string;
  readonly type: DataType;
  readonly nullable: boolean;
  readonly nativeType?: string;
}

/** The columns of a table or stream, in order. Names are unique and compared exactly, case included. */
export interface Schema {
  readonly fields: readonly Field[];
  readonly primaryKey?: readonly string[];
}

/**
 * One column in the Arrow memory layout, as plain data. Always begins at its first value: there is no offset.
 * What lies under a NULL is undefined.
 */
export interface Column {
  /** How many values are NULL. */
  readonly nullCount: number;
  /** One bit a value, least significant bit first; 1 is a value, 0 is NULL. May be absent if `nullCount` is 0. */
  readonly validity?: Uint8Array;
  /** `length + 1` offsets into `values` (bytes) or `children[0]` (values). */
  readonly offsets?: Int32Array;
  /** See `DataType`. May be longer than `length` asks for. */
  readonly values?: ArrayBufferView;
  readonly children?: readonly Column[];
}

/**
 * Rows as columns. Immutable; whoever receives it owns it, so a source never reuses buffers that it has yielded.
 * Another schema object than in the batch before means that the schema changed.
 */
export interface Batch {
  /** Rows. */
  readonly length: number;
  readonly schema: Schema;
  /** One a field, in the schema's order. */
  readonly columns: readonly Column[];
  /** Reserved for change data: one code a row. */
  readonly operations?: Uint8Array;
}
