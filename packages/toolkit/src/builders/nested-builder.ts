import type { Column, DataType } from '@datacook/core';
import { JsonWalker } from '../json-text.js';
import { trim } from '../words.js';
import { badValue } from './bad-value.js';
import { BaseBuilder } from './column-builder.js';

type List = Extract<DataType, { kind: 'list' }>;
type Struct = Extract<DataType, { kind: 'struct' }>;

/** `list`: an array. Its text is a JSON array of its items' texts. */
export class ListBuilder extends BaseBuilder {
  private offsets = new Int32Array(1);
  private readonly type: List;
  private readonly items: BaseBuilder;

  constructor(type: List, items: BaseBuilder, expectedRows: number) {
    super(expectedRows);
    this.type = type;
    this.items = items;
  }

  get byteLength(): number {
    return (this.length + 1) * 4 + this.validityBytes + this.items.byteLength;
  }

  override appendNull(): void {
    super.appendNull();
    this.offsets[this.length] = this.items.length;
  }

  append(value: unknown): void {
    if (value === null || value === undefined) {
      this.appendNull();
      return;
    }
    if (!isArray(value)) throw badValue(this.type, value, 'Give a list as an array.');
    const before = this.items.length;
    try {
      for (let index = 0; index < value.length; index++) this.items.append(value[index]);
    } catch (error) {
      this.items.truncate(before);
      throw error;
    }
    this.endValue();
  }

  appendText(text: string): boolean {
    const before = this.items.length;
    let done = false;
    try {
      done = this.appendItems(new JsonWalker(text));
    } finally {
      if (!done) this.items.truncate(before);
    }
    if (done) this.endValue();
    return done;
  }

  truncate(length: number): void {
    this.items.truncate(this.offsets[length]!);
    this.truncateValidity(length);
  }

  finish(): Column {
    const offsets = trim(this.offsets, this.length + 1);
    this.offsets = new Int32Array(1);
    return { ...this.takeValidity(), offsets, children: [this.items.finish()] };
  }

  protected resize(capacity: number): void {
    const offsets = new Int32Array(capacity + 1);
    offsets.set(this.offsets);
    this.offsets = offsets;
  }

  private appendItems(walker: JsonWalker): boolean {
    if (!walker.take('[')) return false;
    if (walker.take(']')) return walker.atEnd();
    do {
      if (!appendJson(this.items, this.type.item.type, walker.value())) return false;
    } while (walker.take(','));
    return walker.take(']') && walker.atEnd();
  }

  private endValue(): void {
    if (this.length === this.capacity) this.grow();
    this.offsets[++this.length] = this.items.length;
  }
}

/** `struct`: an object. Its text is a JSON object of its fields' texts; a field that is missing is NULL. */
export class StructBuilder extends BaseBuilder {
  private readonly type: Struct;
  private readonly parts: readonly BaseBuilder[];
  private readonly indexes: ReadonlyMap<string, number>;

  constructor(type: Struct, parts: readonly BaseBuilder[], expectedRows: number) {
    super(expectedRows);
    this.type = type;
    this.parts = parts;
    this.indexes = new Map(type.fields.map((field, index) => [field.name, index]));
  }

  get byteLength(): number {
    return this.parts.reduce((sum, part) => sum + part.byteLength, this.validityBytes);
  }

  override appendNull(): void {
    super.appendNull();
    for (const part of this.parts) part.appendNull();
  }

  append(value: unknown): void {
    if (value === null || value === undefined) {
      this.appendNull();
      return;
    }
    if (typeof value !== 'object' || isArray(value))
      throw badValue(this.type, value, 'Give a struct as an object.');
    const row = value as { readonly [name: string]: unknown };
    const unknown = Object.keys(row).find((name) => !this.indexes.has(name));
    if (unknown !== undefined)
      throw badValue(this.type, value, `It has no field ${JSON.stringify(unknown)}.`);
    try {
      for (const [name, index] of this.indexes)
        this.parts[index]!.append(Object.hasOwn(row, name) ? row[name] : null);
    } catch (error) {
      this.takeBack();
      throw error;
    }
    this.endValue();
  }

  appendText(text: string): boolean {
    let done = false;
    try {
      done = this.appendFields(new JsonWalker(text));
    } finally {
      if (!done) this.takeBack();
    }
    if (done) this.endValue();
    return done;
  }

  truncate(length: number): void {
    for (const part of this.parts) part.truncate(length);
    this.truncateValidity(length);
  }

  finish(): Column {
    return { ...this.takeValidity(), children: this.parts.map((part) => part.finish()) };
  }

  protected resize(): void {}

  private appendFields(walker: JsonWalker): boolean {
    if (!walker.take('{')) return false;
    if (!walker.take('}')) {
      do {
        const name = walker.string();
        const index = name === undefined ? undefined : this.indexes.get(name);
        if (index === undefined || this.parts[index]!.length > this.length || !walker.take(':')) return false;
        if (!appendJson(this.parts[index]!, this.type.fields[index]!.type, walker.value())) return false;
      } while (walker.take(','));
      if (!walker.take('}')) return false;
    }
    for (const part of this.parts) if (part.length === this.length) part.appendNull();
    return walker.atEnd();
  }

  private takeBack(): void {
    for (const part of this.parts) if (part.length > this.length) part.truncate(this.length);
  }

  private endValue(): void {
    if (this.length === this.capacity) this.grow();
    this.length++;
  }
}

/** Appends a JSON value's own text: strings decoded, `null` as NULL, all else as it is. */
function appendJson(builder: BaseBuilder, type: DataType, raw: string | undefined): boolean {
  if (raw === undefined) return false;
  if (raw === 'null') {
    builder.appendNull();
    return true;
  }
  if (type.kind === 'json') return builder.appendText(raw);
  if (type.kind === 'list' || type.kind === 'struct') return !raw.startsWith('"') && builder.appendText(raw);
  const quoted = raw.startsWith('"');
  if (type.kind === 'utf8' && !quoted) return false;
  return builder.appendText(quoted ? (JSON.parse(raw) as string) : raw);
}

function isArray(value: unknown): value is ArrayLike<unknown> {
  return Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView));
}
