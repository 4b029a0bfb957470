import { DatacookError, type DataType, type Field } from '@datacook/core';
import { nearest } from './nearest.js';

type Timed = Extract<DataType, { kind: 'time' | 'timestamp' }>;

const SCALARS: { readonly [name: string]: DataType } = {
  bool: { kind: 'bool' },
  int8: { kind: 'int', bits: 8, signed: true },
  int16: { kind: 'int', bits: 16, signed: true },
  int32: { kind: 'int', bits: 32, signed: true },
  int64: { kind: 'int', bits: 64, signed: true },
  uint8: { kind: 'int', bits: 8, signed: false },
  uint16: { kind: 'int', bits: 16, signed: false },
  uint32: { kind: 'int', bits: 32, signed: false },
  uint64: { kind: 'int', bits: 64, signed: false },
  float32: { kind: 'float', bits: 32 },
  float64: { kind: 'float', bits: 64 },
  numeric: { kind: 'numeric' },
  utf8: { kind: 'utf8' },
  text: { kind: 'utf8' },
  string: { kind: 'utf8' },
  binary: { kind: 'binary' },
  date: { kind: 'date' },
  time: { kind: 'time', unit: 'us', zoned: false },
  time_ns: { kind: 'time', unit: 'ns', zoned: false },
  timetz: { kind: 'time', unit: 'us', zoned: true },
  timetz_ns: { kind: 'time', unit: 'ns', zoned: true },
  timestamp: { kind: 'timestamp', unit: 'us', zoned: false },
  timestamp_ns: { kind: 'timestamp', unit: 'ns', zoned: false },
  timestamptz: { kind: 'timestamp', unit: 'us', zoned: true },
  timestamptz_ns: { kind: 'timestamp', unit: 'ns', zoned: true },
  interval: { kind: 'interval' },
  json: { kind: 'json' },
  uuid: { kind: 'uuid' },
};

/** Names of other systems, and what they are called here. */
const FOREIGN: { readonly [name: string]: string } = {
  boolean: 'bool',
  tinyint: 'int8',
  smallint: 'int16',
  int: 'int32',
  integer: 'int32',
  bigint: 'int64',
  long: 'int64',
  real: 'float32',
  float: 'float64',
  double: 'float64',
  number: 'float64',
  varchar: 'utf8',
  char: 'utf8',
  str: 'utf8',
  blob: 'binary',
  bytes: 'binary',
  bytea: 'binary',
  datetime: 'timestamp',
  jsonb: 'json',
  array: 'list<…>',
  decimal: 'decimal(precision, scale)',
};

const COMPOSED = ['decimal(12,2)', 'list<int64>', 'struct<a: int64, b: utf8>'];

/**
 * Reads the text form of a type, as recipes have it: `int64`, `decimal(12,2)`, `timestamptz`, `list<utf8>`,
 * `struct<a: int64, "odd name": utf8 not null>`. Letter case and blanks don't count. Throws CONFIG, with the
 * nearest names.
 */
export function parseType(text: string): DataType {
  const parser = new TypeParser(text);
  const type = parser.type();
  parser.end();
  return type;
}

class TypeParser {
  private at = 0;

  private readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  type(): DataType {
    const word = this.match(/[\p{L}\p{N}_]+/uy).toLowerCase();
    if (word === 'decimal' || (word === 'numeric' && this.sees('('))) return this.decimal();
    if (word === 'list') return this.list();
    if (word === 'struct') return this.struct();
    const type = Object.hasOwn(SCALARS, word) ? SCALARS[word] : undefined;
    if (type !== undefined) return type;
    throw this.unknown(word);
  }

  end(): void {
    this.blanks();
    if (this.at < this.text.length) throw this.error(`"${this.text.slice(this.at)}" is left over`);
  }

  private decimal(): DataType {
    if (!this.sees('('))
      throw this.error('its precision is missing', 'Write decimal(precision, scale), as in decimal(12,2).');
    this.expect('(');
    const precision = Number(this.match(/\d{1,6}/y));
    let scale = 0;
    if (this.sees(',')) {
      this.expect(',');
      scale = Number(this.match(/\d{1,6}/y));
    }
    this.expect(')');
    if (precision < 1 || scale > precision) {
      throw this.error('the precision must be at least 1, and the scale at most the precision');
    }
    return { kind: 'decimal', precision, scale };
  }

  private list(): DataType {
    this.expect('<');
    const item = this.field('item');
    this.expect('>');
    return { kind: 'list', item };
  }

  private struct(): DataType {
    this.expect('<');
    const fields: Field[] = [];
    while (!this.sees('>')) {
      if (fields.length > 0) this.expect(',');
      const name = this.name();
      if (fields.some((field) => field.name === name)) throw this.error(`the field "${name}" is there twice`);
      this.expect(':');
      fields.push(this.field(name));
    }
    this.expect('>');
    return { kind: 'struct', fields };
  }

  private field(name: string): Field {
    const type = this.type();
    this.blanks();
    const not = /not\s+null/iy;
    not.lastIndex = this.at;
    const nullable = !not.test(this.text);
    if (!nullable) this.at = not.lastIndex;
    return { name, type, nullable };
  }

  private name(): string {
    if (!this.sees('"')) return this.match(/[\p{L}\p{N}_$]+/uy);
    return this.match(/"(?:[^"]|"")*"/y)
      .slice(1, -1)
      .replaceAll('""', '"');
  }

  private blanks(): void {
    while (this.at < this.text.length && /\s/.test(this.text.charAt(this.at))) this.at++;
  }

  private sees(sign: string): boolean {
    this.blanks();
    return this.text.charAt(this.at) === sign;
  }

  private expect(sign: string): void {
    if (!this.sees(sign)) throw this.error(`"${sign}" is missing at character ${this.at + 1}`);
    this.at++;
  }

  private match(pattern: RegExp): string {
    this.blanks();
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text);
    if (found === null) {
      const what =
        this.at < this.text.length ? `"${this.text.slice(this.at)}" makes no sense` : 'it ends too early';
      throw this.error(what);
    }
    this.at = pattern.lastIndex;
    return found[0];
  }

  private unknown(word: string): DatacookError {
    const names = Object.keys(SCALARS);
    const foreign = Object.hasOwn(FOREIGN, word) ? FOREIGN[word] : undefined;
    const near = foreign === undefined ? nearest(word, [...names, 'decimal', 'list', 'struct']) : [foreign];
    const hint =
      near.length > 0
        ? `Did you mean ${near.join(' or ')}?`
        : `Types are ${[...names, ...COMPOSED].join(', ')}.`;
    const where = word === this.text.trim().toLowerCase() ? '' : ` in "${this.text}"`;
    return new DatacookError('CONFIG', `There is no type "${word}"${where}.`, { hint });
  }

  private error(
    what: string,
    hint = `Examples of types: int64, utf8, ${COMPOSED.join(', ')}.`,
  ): DatacookError {
    return new DatacookError('CONFIG', `"${this.text}" is no type: ${what}.`, { hint });
  }
}

/** The text form of a type; `parseType` reads it back. */
export function typeToString(type: DataType): string {
  switch (type.kind) {
    case 'int':
      return `${type.signed ? 'int' : 'uint'}${type.bits}`;
    case 'float':
      return `float${type.bits}`;
    case 'decimal':
      return `decimal(${type.precision},${type.scale})`;
    case 'time':
    case 'timestamp':
      return timedToString(type);
    case 'list':
      return `list<${fieldType(type.item)}>`;
    case 'struct':
      return `struct<${type.fields.map((field) => `${fieldName(field.name)}: ${fieldType(field)}`).join(', ')}>`;
    default:
      return type.kind;
  }
}

function timedToString(type: Timed): string {
  return `${type.kind}${type.zoned ? 'tz' : ''}${type.unit === 'ns' ? '_ns' : ''}`;
}

function fieldType(field: Field): string {
  return `${typeToString(field.type)}${field.nullable ? '' : ' not null'}`;
}

function fieldName(name: string): string {
  return /^[\p{L}\p{N}_$]+$/u.test(name) ? name : `"${name.replaceAll('"', '""')}"`;
}
