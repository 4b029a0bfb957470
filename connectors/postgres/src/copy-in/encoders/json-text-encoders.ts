import type { Column, DataType } from '@datacook/core';
import { columnTextReader } from '@datacook/toolkit';
import type { BytesEncoder } from './bytes-encoders.js';
import type { Slab } from './column-encoder.js';
import { ColumnEncoder } from './column-encoder.js';

/** Lists and structs as JSON: their canonical texts, as a column of bytes. */
export class JsonTextEncoder extends ColumnEncoder {
  private readonly type: DataType;
  private readonly bytes: BytesEncoder;

  constructor(name: string, type: DataType, bytes: BytesEncoder) {
    super(name);
    this.type = type;
    this.bytes = bytes;
  }

  override bind(column: Column, length: number): void {
    this.bytes.bind(textColumn(this.type, column, length), length);
  }

  measure(sizes: Int32Array, first: number, count: number): number {
    return this.bytes.measure(sizes, first, count);
  }

  encode(slab: Slab, positions: Int32Array, first: number, count: number): void {
    this.bytes.encode(slab, positions, first, count);
  }
}

/** The canonical texts of a column. */
function textColumn(type: DataType, column: Column, length: number): Column {
  const read = columnTextReader(type, column);
  const offsets = new Int32Array(length + 1);
  const texts: string[] = [];
  for (let row = 0; row < length; row++) {
    const text = read(row) ?? '';
    texts.push(text);
    offsets[row + 1] = offsets[row]! + Buffer.byteLength(text);
  }
  const { nullCount, validity } = column;
  return { nullCount, ...(validity && { validity }), offsets, values: Buffer.from(texts.join('')) };
}
