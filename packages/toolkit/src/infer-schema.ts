import { DatacookError, type DataType, type Field, type Schema } from '@datacook/core';
import { typeToString } from './type-text.js';

const INT64: DataType = { kind: 'int', bits: 64, signed: true };
const FLOAT64: DataType = { kind: 'float', bits: 64 };
const DIGITS_38 = 10n ** 38n;

/** The columns of all rows, in the order in which they first occur, with a type that holds each value. */
export function inferSchema(rows: readonly Record<string, unknown>[]): Schema {
  return { fields: inferFields(rows, '') };
}

function inferFields(rows: Iterable<object>, path: string): Field[] {
  const found = new Map<string, Values>();
  for (const row of rows) {
    for (const [name, value] of Object.entries(row)) {
      let values = found.get(name);
      if (values === undefined) {
        values = new Values(path === '' ? name : `${path}.${name}`);
        found.set(name, values);
      }
      values.observe(value);
    }
  }
  return [...found].map(([name, values]) => ({ name, type: values.type(), nullable: true }));
}

/** What was seen of one column's JavaScript values. */
class Values {
  private readonly kinds = new Set<string>();
  private integers = true;
  private least = 0n;
  private greatest = 0n;
  private readonly objects: object[] = [];
  private readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  observe(value: unknown): void {
    if (value === null || value === undefined) return;
    const kind = kindOf(value);
    this.kinds.add(kind);
    if (kind === 'number') {
      if (!Number.isSafeInteger(value) || Object.is(value, -0)) this.integers = false;
    } else if (kind === 'bigint') {
      const big = value as bigint;
      if (big < this.least) this.least = big;
      if (big > this.greatest) this.greatest = big;
    } else if (kind === 'array' || kind === 'object') {
      this.objects.push(value as object);
    }
  }

  type(): DataType {
    const kinds = [...this.kinds].sort().join(' and ');
    switch (kinds) {
      case '':
      case 'string':
        return { kind: 'utf8' };
      case 'boolean':
        return { kind: 'bool' };
      case 'number':
        return this.integers ? INT64 : FLOAT64;
      case 'bigint':
        return this.bigType();
      case 'bigint and number':
        if (this.integers) return this.bigType();
        break;
      case 'Date':
        return { kind: 'timestamp', unit: 'us', zoned: true };
      case 'bytes':
        return { kind: 'binary' };
      case 'interval':
        return { kind: 'interval' };
      case 'array':
        return { kind: 'list', item: { name: 'item', type: this.itemType(), nullable: true } };
      case 'object':
        return { kind: 'struct', fields: inferFields(this.objects, this.path) };
    }
    const what = kinds.includes(' and ')
      ? `values of different kinds (${kinds})`
      : `a value of no type (${kinds})`;
    throw new DatacookError('SCHEMA', `Column ${JSON.stringify(this.path)} holds ${what}.`, {
      hint: `Hand in a schema that says its type, such as ${typeToString({ kind: 'utf8' })}, and values that fit.`,
    });
  }

  private bigType(): DataType {
    if (BigInt.asIntN(64, this.least) === this.least && BigInt.asIntN(64, this.greatest) === this.greatest)
      return INT64;
    if (-DIGITS_38 < this.least && this.greatest < DIGITS_38)
      return { kind: 'decimal', precision: 38, scale: 0 };
    return { kind: 'numeric' };
  }

  private itemType(): DataType {
    const items = new Values(`${this.path}[]`);
    for (const array of this.objects as unknown[][]) for (const item of array) items.observe(item);
    return items.type();
  }
}

function kindOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return typeof value;
  if (Array.isArray(value)) return 'array';
  if (value instanceof Date) return 'Date';
  if (value instanceof Uint8Array || value instanceof ArrayBuffer) return 'bytes';
  const { nanoseconds } = value as { readonly nanoseconds?: unknown };
  if (typeof nanoseconds === 'bigint' && Object.keys(value).sort().join() === 'days,months,nanoseconds')
    return 'interval';
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype ? 'object' : value.constructor.name;
}
