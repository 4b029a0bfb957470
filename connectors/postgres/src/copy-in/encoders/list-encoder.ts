import type { Column, DataType } from '@datacook/core';
import { takeRows } from '@datacook/toolkit';
import { ColumnEncoder, NULL, type Slab } from './column-encoder.js';

/**
 * An array in binary (array_recv): int32 dimensions, int32 whether an element is NULL, uint32 element type; for each
 * dimension an int32 size and an int32 lower bound; then the elements, each after its length. The empty array has no
 * dimension.
 */
const EMPTY = 12;
const ONE_DIMENSION = 20;

/** Lists, as arrays of one dimension. */
export class ListEncoder extends ColumnEncoder {
  private readonly item: ColumnEncoder;
  private readonly itemType: DataType;
  private readonly itemOid: number;
  private offsets: Int32Array = new Int32Array(1);
  private hasNulls = 0;
  private itemSizes: Int32Array = new Int32Array(0);
  private itemPositions: Int32Array = new Int32Array(0);
  private common = 0;

  constructor(name: string, item: ColumnEncoder, itemType: DataType, itemOid: number) {
    super(name);
    this.item = item;
    this.itemType = itemType;
    this.itemOid = itemOid;
  }

  override bind(column: Column, length: number): void {
    super.bind(column, length);
    let offsets = column.offsets ?? new Int32Array(length + 1);
    let items = column.children?.[0] ?? { nullCount: 0 };
    if (this.validity !== undefined && hidesItems(this.validity, offsets, length)) {
      const kept = visibleItems(this.validity, offsets, length);
      items = takeItems(this.itemType, items, offsets[length]!, kept.items);
      offsets = kept.offsets;
    }
    this.offsets = offsets;
    this.hasNulls = items.nullCount > 0 ? 1 : 0;
    this.item.bind(items, offsets[length]!);
  }

  measure(sizes: Int32Array, first: number, count: number): number {
    const { offsets, validity } = this;
    const firstItem = offsets[first]!;
    const items = offsets[first + count]! - firstItem;
    if (items > this.itemSizes.length) {
      this.itemSizes = new Int32Array(items * 2);
      this.itemPositions = new Int32Array(items * 2);
    }
    const { itemSizes } = this;
    itemSizes.fill(0, 0, items);
    this.common = this.item.measure(itemSizes, firstItem, items);
    for (let n = 0; n < count; n++) {
      const row = first + n;
      if (validity !== undefined && ((validity[row >> 3]! >> (row & 7)) & 1) === 0) continue;
      const start = offsets[row]! - firstItem;
      const end = offsets[row + 1]! - firstItem;
      let size = start === end ? EMPTY : ONE_DIMENSION + (end - start) * this.common;
      for (let item = start; item < end; item++) size += itemSizes[item]!;
      sizes[n]! += size;
    }
    return 4;
  }

  encode(slab: Slab, positions: Int32Array, first: number, count: number): void {
    const { view } = slab;
    const { offsets, validity, itemSizes, itemPositions, common } = this;
    const firstItem = offsets[first]!;
    for (let n = 0; n < count; n++) {
      const row = first + n;
      const at = positions[n]!;
      if (validity !== undefined && ((validity[row >> 3]! >> (row & 7)) & 1) === 0) {
        view.setInt32(at, NULL);
        positions[n] = at + 4;
        continue;
      }
      const start = offsets[row]! - firstItem;
      const end = offsets[row + 1]! - firstItem;
      view.setInt32(at + 4, start === end ? 0 : 1);
      view.setInt32(at + 8, start === end ? 0 : this.hasNulls);
      view.setUint32(at + 12, this.itemOid);
      let to = at + 4 + EMPTY;
      if (start !== end) {
        view.setInt32(at + 16, end - start);
        view.setInt32(at + 20, 1);
        to = at + 4 + ONE_DIMENSION;
        for (let item = start; item < end; item++) {
          itemPositions[item] = to;
          to += common + itemSizes[item]!;
        }
      }
      view.setInt32(at, to - at - 4);
      positions[n] = to;
    }
    this.item.encode(slab, itemPositions, firstItem, offsets[first + count]! - firstItem);
  }
}

/** Whether items lie under a NULL. */
function hidesItems(validity: Uint8Array, offsets: Int32Array, length: number): boolean {
  for (let row = 0; row < length; row++) {
    if (((validity[row >> 3]! >> (row & 7)) & 1) === 0 && offsets[row + 1]! > offsets[row]!) return true;
  }
  return false;
}

function visibleItems(validity: Uint8Array, offsets: Int32Array, length: number) {
  const kept = new Int32Array(length + 1);
  const items: number[] = [];
  for (let row = 0; row < length; row++) {
    if (((validity[row >> 3]! >> (row & 7)) & 1) !== 0)
      for (let item = offsets[row]!; item < offsets[row + 1]!; item++) items.push(item);
    kept[row + 1] = items.length;
  }
  return { offsets: kept, items };
}

function takeItems(type: DataType, column: Column, length: number, items: readonly number[]): Column {
  const schema = { fields: [{ name: 'item', type, nullable: true }] };
  return takeRows({ length, schema, columns: [column] }, items).columns[0]!;
}
