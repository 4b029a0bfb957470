import type { Column } from '@datacook/core';
import { trim } from '../words.js';
import { badValue } from './bad-value.js';
import { BaseBuilder } from './column-builder.js';

const WIDTH = 16;
const DASH = 45;
const NOT_HEX = 255;

const HEX = new Uint8Array(128).fill(NOT_HEX);
for (const [digit, sign] of [...'0123456789abcdef'].entries()) {
  HEX[sign.charCodeAt(0)] = digit;
  HEX[sign.toUpperCase().charCodeAt(0)] = digit;
}

/** `uuid`: 16 bytes a value. Its text is 8-4-4-4-12 hexadecimal digits, the dashes all there or none. */
export class UuidBuilder extends BaseBuilder {
  private values = new Uint8Array(0);

  get byteLength(): number {
    return this.length * WIDTH + this.validityBytes;
  }

  append(value: unknown): void {
    if (value === null || value === undefined) {
      this.appendNull();
    } else if (value instanceof Uint8Array && value.length === WIDTH) {
      if (this.length === this.capacity) this.grow();
      this.values.set(value, this.length++ * WIDTH);
    } else if (typeof value !== 'string' || !this.appendText(value)) {
      throw badValue({ kind: 'uuid' }, value);
    }
  }

  appendText(text: string): boolean {
    const dashed = text.length === 36;
    if (!dashed && text.length !== 32) return false;
    if (this.length === this.capacity) this.grow();
    const { values } = this;
    let to = this.length * WIDTH;
    let at = 0;
    for (let byte = 0; byte < WIDTH; byte++) {
      if (dashed && (byte === 4 || byte === 6 || byte === 8 || byte === 10) && text.charCodeAt(at++) !== DASH)
        return false;
      const high = HEX[text.charCodeAt(at++)] ?? NOT_HEX;
      const low = HEX[text.charCodeAt(at++)] ?? NOT_HEX;
      if (high === NOT_HEX || low === NOT_HEX) return false;
      values[to++] = (high << 4) | low;
    }
    this.length++;
    return true;
  }

  truncate(length: number): void {
    this.truncateValidity(length);
  }

  finish(): Column {
    const values = trim(this.values, this.length * WIDTH);
    this.values = new Uint8Array(0);
    return { ...this.takeValidity(), values };
  }

  protected resize(capacity: number): void {
    const values = new Uint8Array(capacity * WIDTH);
    values.set(this.values);
    this.values = values;
  }
}
