import type { Column } from '@datacook/core';
import { badValue, malformedValue } from './bad-value.js';
import { ColumnDecoder, type Slab, trim } from './column-decoder.js';

/**
 * An array in binary (array_send): int32 dimensions, int32 flags, uint32 element type; for each dimension an int32
 * size and an int32 lower bound; then the elements, each after its length. The empty array has no dimension. Where
 * the numbering of the elements begins is left out.
 */
const DIMENSIONS = 12;
const ONE_DIMENSION = 20;
const MOST_DIMENSIONS = 6;

/** Arrays of one dimension. */
export class ListDecoder extends ColumnDecoder {
  private readonly item: ColumnDecoder;
  private offsets = new Int32Array(1);
  private itemStarts = new Int32Array(1024);

  constructor(name: string, item: ColumnDecoder) {
    super(name);
    this.item = item;
  }

  decode(slab: Slab, starts: Int32Array, first: number, count: number): void {
    this.reserve(count);
    const { offsets } = this;
    const { view } = slab;
    const before = offsets[this.length]!;
    let items = 0;
    let at = this.length;
    for (let index = first; index < first + count; index++, at++) {
      const start = starts[index]!;
      const size = view.getInt32(start - 4);
      if (size === -1) this.setNull(at);
      else items = this.walk(view, start, size, items);
      offsets[at + 1] = before + items;
    }
    this.length = at;
    this.item.decode(slab, this.itemStarts, 0, items);
  }

  finish(): Column {
    const offsets = trim(this.offsets, this.length + 1);
    this.offsets = new Int32Array(1);
    return { ...this.takeValidity(), offsets, children: [this.item.finish()] };
  }

  protected resize(capacity: number): void {
    const offsets = new Int32Array(capacity + 1);
    offsets.set(this.offsets.subarray(0, this.length + 1));
    this.offsets = offsets;
  }

  /** Notes where the elements of an array begin; returns how many there are now. */
  private walk(view: DataView, start: number, size: number, before: number): number {
    if (size < DIMENSIONS) throw malformedValue(this.name, 'array', size);
    const dimensions = view.getInt32(start);
    if (dimensions === 0 && size === DIMENSIONS) return before;
    if (dimensions !== 1 || size < ONE_DIMENSION) throw this.notOneDimension(view, start, size);
    const count = view.getInt32(start + DIMENSIONS);
    const end = start + size;
    if (count < 0 || count * 4 > size) throw malformedValue(this.name, 'array', size);
    if (before + count > this.itemStarts.length) this.growStarts(before + count);
    const { itemStarts } = this;
    let at = start + ONE_DIMENSION;
    for (let index = 0; index < count; index++) {
      if (at + 4 > end) throw malformedValue(this.name, 'array', size);
      const length = view.getInt32(at);
      at += 4;
      itemStarts[before + index] = at;
      if (length > 0) at += length;
    }
    if (at !== end) throw malformedValue(this.name, 'array', size);
    return before + count;
  }

  private growStarts(needed: number): void {
    const starts = new Int32Array(Math.max(needed, this.itemStarts.length * 2));
    starts.set(this.itemStarts);
    this.itemStarts = starts;
  }

  private notOneDimension(view: DataView, start: number, size: number): Error {
    const dimensions = view.getInt32(start);
    if (dimensions < 1 || dimensions > MOST_DIMENSIONS || size < DIMENSIONS + dimensions * 8)
      return malformedValue(this.name, 'array', size);
    const sizes = Array.from({ length: dimensions }, (_, index) =>
      view.getInt32(start + DIMENSIONS + index * 8),
    );
    return badValue(
      this.name,
      `holds an array of ${dimensions} dimensions (${sizes.join(' × ')} elements), but a list has one`,
    );
  }
}
