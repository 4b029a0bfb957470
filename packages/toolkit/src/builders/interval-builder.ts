import type { Column } from '@datacook/core';
import { fitsInterval, type Interval, parseInterval } from '../interval-text.js';
import { trim } from '../words.js';
import { badValue } from './bad-value.js';
import { BaseBuilder } from './column-builder.js';

const WIDTH = 16;

/** `interval`: int32 months, int32 days, int64 nanoseconds. */
export class IntervalBuilder extends BaseBuilder {
  private view = new DataView(new ArrayBuffer(0));

  get byteLength(): number {
    return this.length * WIDTH + this.validityBytes;
  }

  append(value: unknown): void {
    if (value === null || value === undefined) this.appendNull();
    else if (isInterval(value) && fitsInterval(value)) this.push(value);
    else if (typeof value !== 'string' || !this.appendText(value)) {
      throw badValue(
        { kind: 'interval' },
        value,
        'Give { months, days, nanoseconds: bigint }, or an ISO 8601 duration.',
      );
    }
  }

  appendText(text: string): boolean {
    const interval = parseInterval(text);
    if (interval === undefined) return false;
    this.push(interval);
    return true;
  }

  truncate(length: number): void {
    this.truncateValidity(length);
  }

  finish(): Column {
    const values = trim(new Uint8Array(this.view.buffer as ArrayBuffer), this.length * WIDTH);
    this.view = new DataView(new ArrayBuffer(0));
    return { ...this.takeValidity(), values };
  }

  protected resize(capacity: number): void {
    const values = new Uint8Array(capacity * WIDTH);
    values.set(new Uint8Array(this.view.buffer));
    this.view = new DataView(values.buffer);
  }

  private push({ months, days, nanoseconds }: Interval): void {
    if (this.length === this.capacity) this.grow();
    const at = this.length++ * WIDTH;
    this.view.setInt32(at, months, true);
    this.view.setInt32(at + 4, days, true);
    this.view.setBigInt64(at + 8, nanoseconds, true);
  }
}

function isInterval(value: unknown): value is Interval {
  if (typeof value !== 'object' || value === null) return false;
  const { months, days, nanoseconds } = value as { readonly [key: string]: unknown };
  return typeof months === 'number' && typeof days === 'number' && typeof nanoseconds === 'bigint';
}
