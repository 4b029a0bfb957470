import type { Column, DataType } from '@datacook/core';
import { trim } from '../words.js';
import { badValue } from './bad-value.js';
import { BaseBuilder } from './column-builder.js';

const TYPE: DataType = { kind: 'bool' };

/** The words of PostgreSQL: https://www.postgresql.org/docs/current/datatype-boolean.html */
const WORDS: ReadonlyMap<string, boolean> = new Map([
  ...['true', 't', 'yes', 'y', 'on', '1'].map((word) => [word, true] as const),
  ...['false', 'f', 'no', 'n', 'off', '0'].map((word) => [word, false] as const),
]);

/** `bool`: one bit a value. */
export class BoolBuilder extends BaseBuilder {
  private values = new Uint8Array(0);

  get byteLength(): number {
    return ((this.length + 7) >> 3) + this.validityBytes;
  }

  append(value: unknown): void {
    if (value === null || value === undefined) this.appendNull();
    else if (typeof value === 'boolean') this.push(value);
    else throw badValue(TYPE, value);
  }

  appendText(text: string): boolean {
    const value = text.length > 5 ? undefined : (WORDS.get(text) ?? WORDS.get(text.toLowerCase()));
    if (value === undefined) return false;
    this.push(value);
    return true;
  }

  truncate(length: number): void {
    this.truncateValidity(length);
  }

  finish(): Column {
    const values = trim(this.values, (this.length + 7) >> 3);
    this.values = new Uint8Array(0);
    return { ...this.takeValidity(), values };
  }

  protected resize(capacity: number): void {
    const values = new Uint8Array((capacity + 7) >> 3);
    values.set(this.values);
    this.values = values;
  }

  private push(value: boolean): void {
    if (this.length === this.capacity) this.grow();
    const row = this.length++;
    if (value) this.values[row >> 3]! |= 1 << (row & 7);
    else this.values[row >> 3]! &= ~(1 << (row & 7));
  }
}
