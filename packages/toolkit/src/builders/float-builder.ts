import type { Column, DataType } from '@datacook/core';
import { parseFloatText } from '../float-text.js';
import { trim } from '../words.js';
import { badValue } from './bad-value.js';
import { BaseBuilder } from './column-builder.js';

type FloatType = Extract<DataType, { kind: 'float' }>;

/** `float32` and `float64`. A number takes the nearest value; one too great for it is no value. */
export class FloatBuilder extends BaseBuilder {
  private values: Float32Array<ArrayBuffer> | Float64Array<ArrayBuffer>;
  private readonly type: FloatType;
  private readonly single: boolean;

  constructor(type: FloatType, expectedRows: number) {
    super(expectedRows);
    this.type = type;
    this.single = type.bits === 32;
    this.values = this.make(0);
  }

  get byteLength(): number {
    return this.length * (this.type.bits >> 3) + this.validityBytes;
  }

  append(value: unknown): void {
    if (value === null || value === undefined) this.appendNull();
    else if (typeof value !== 'number' || !this.push(value, Math.abs(value) !== Infinity))
      throw badValue(this.type, value);
  }

  appendText(text: string): boolean {
    const value = parseFloatText(text);
    return value !== undefined && this.push(value, Math.abs(value) !== Infinity);
  }

  truncate(length: number): void {
    this.truncateValidity(length);
  }

  finish(): Column {
    const values = trim(this.values, this.length);
    this.values = this.make(0);
    return { ...this.takeValidity(), values };
  }

  protected resize(capacity: number): void {
    const values = this.make(capacity);
    values.set(this.values);
    this.values = values;
  }

  private push(value: number, finite: boolean): boolean {
    if (this.single && finite) {
      const nearest = Math.fround(value);
      if (Math.abs(nearest) === Infinity || (nearest === 0 && value !== 0)) return false;
    }
    if (this.length === this.capacity) this.grow();
    this.values[this.length++] = value;
    return true;
  }

  private make(length: number): Float32Array<ArrayBuffer> | Float64Array<ArrayBuffer> {
    return this.single ? new Float32Array(length) : new Float64Array(length);
  }
}
