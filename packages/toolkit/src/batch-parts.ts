import { type Batch, type Column, DatacookError, type DataType } from '@datacook/core';
import { arrayOf, childTypes, countZeros, layoutOf, sliceBits } from './column-layout.js';
import { childOf } from './readers/column-reader.js';
import { bit, bytesOf, offsetsOf } from './readers/views.js';

/** A column of NULLs. */
export function nullColumn(type: DataType, length: number): Column {
  const layout = layoutOf(type);
  const validity = new Uint8Array((length + 7) >> 3);
  const column = { nullCount: length, validity };
  switch (layout.kind) {
    case 'bits':
      return { ...column, values: new Uint8Array(validity.length) };
    case 'bytes':
      return { ...column, offsets: new Int32Array(length + 1), values: new Uint8Array(0) };
    case 'fixed':
      return { ...column, values: layout.make(length * layout.elements) };
    case 'list':
      return {
        ...column,
        offsets: new Int32Array(length + 1),
        children: childTypes(type).map((item) => nullColumn(item, 0)),
      };
    case 'struct':
      return { ...column, children: childTypes(type).map((field) => nullColumn(field, length)) };
  }
}

/** Rows `[from, to)`. Values are views where the layout allows it. */
export function sliceBatch(batch: Batch, from: number, to: number): Batch {
  if (!(Number.isInteger(from) && Number.isInteger(to) && from >= 0 && from <= to && to <= batch.length)) {
    throw new DatacookError(
      'INTERNAL',
      `Rows ${from} to ${to} were asked of a batch of ${batch.length} rows.`,
    );
  }
  if (from === 0 && to === batch.length) return batch;
  const columns = batch.schema.fields.map(({ type }, index) =>
    sliceColumn(type, batch.columns[index]!, from, to),
  );
  const { schema, operations } = batch;
  return {
    length: to - from,
    schema,
    columns,
    ...(operations && { operations: operations.subarray(from, to) }),
  };
}

function sliceColumn(type: DataType, column: Column, from: number, to: number): Column {
  const validity = sliceValidity(column, from, to);
  const layout = layoutOf(type);
  switch (layout.kind) {
    case 'bits':
      return { ...validity, values: sliceBits(arrayOf(column) as Uint8Array, from, to - from) };
    case 'fixed':
      return { ...validity, values: arrayOf(column).subarray(from * layout.elements, to * layout.elements) };
    case 'struct':
      return {
        ...validity,
        children: childTypes(type).map((field, i) => sliceColumn(field, childOf(column, i), from, to)),
      };
    default: {
      const source = offsetsOf(column);
      const first = source[from]!;
      const last = source[to]!;
      const offsets = source.slice(from, to + 1);
      if (first > 0) for (let at = 0; at < offsets.length; at++) offsets[at]! -= first;
      if (layout.kind === 'bytes') {
        const { buffer, byteOffset } = bytesOf(column);
        return { ...validity, offsets, values: new Uint8Array(buffer, byteOffset + first, last - first) };
      }
      return {
        ...validity,
        offsets,
        children: childTypes(type).map((item) => sliceColumn(item, childOf(column, 0), first, last)),
      };
    }
  }
}

function sliceValidity(column: Column, from: number, to: number): Pick<Column, 'nullCount' | 'validity'> {
  if (column.nullCount === 0 || column.validity === undefined) return { nullCount: 0 };
  const validity = sliceBits(column.validity, from, to - from);
  const nullCount = countZeros(validity, to - from);
  return nullCount === 0 ? { nullCount } : { nullCount, validity };
}

/** The rows with these indexes, in this order; one may occur more than once. */
export function takeRows(batch: Batch, rows: Int32Array | readonly number[]): Batch {
  const indexes = Int32Array.from(rows);
  for (const row of indexes) {
    if (row >= 0 && row < batch.length) continue;
    throw new DatacookError('INTERNAL', `Row ${row} was asked of a batch of ${batch.length} rows.`);
  }
  const columns = batch.schema.fields.map(({ type }, index) =>
    takeColumn(type, batch.columns[index]!, indexes),
  );
  const { schema, operations } = batch;
  return {
    length: indexes.length,
    schema,
    columns,
    ...(operations && { operations: Uint8Array.from(indexes, (row) => operations[row]!) }),
  };
}

function takeColumn(type: DataType, column: Column, rows: Int32Array): Column {
  const validity = takeValidity(column, rows);
  const layout = layoutOf(type);
  switch (layout.kind) {
    case 'bits':
      return { ...validity, values: takeBits(arrayOf(column) as Uint8Array, rows) };
    case 'fixed': {
      const values = layout.make(rows.length * layout.elements) as Int32Array;
      takeFixed(arrayOf(column) as Int32Array, values, rows, layout.elements);
      return { ...validity, values };
    }
    case 'struct':
      return {
        ...validity,
        children: childTypes(type).map((field, index) => takeColumn(field, childOf(column, index), rows)),
      };
    default: {
      const source = offsetsOf(column);
      const offsets = takeOffsets(source, rows);
      if (layout.kind === 'bytes')
        return { ...validity, offsets, values: takeBytes(bytesOf(column), source, offsets, rows) };
      const items = new Int32Array(offsets[rows.length]!);
      let to = 0;
      for (const row of rows)
        for (let item = source[row]!; item < source[row + 1]!; item++) items[to++] = item;
      return {
        ...validity,
        offsets,
        children: childTypes(type).map((item) => takeColumn(item, childOf(column, 0), items)),
      };
    }
  }
}

function takeValidity(column: Column, rows: Int32Array): Pick<Column, 'nullCount' | 'validity'> {
  if (column.nullCount === 0 || column.validity === undefined) return { nullCount: 0 };
  const validity = takeBits(column.validity, rows);
  const nullCount = countZeros(validity, rows.length);
  return nullCount === 0 ? { nullCount } : { nullCount, validity };
}

function takeBits(source: Uint8Array, rows: Int32Array): Uint8Array {
  const bits = new Uint8Array((rows.length + 7) >> 3);
  for (let to = 0; to < rows.length; to++) bits[to >> 3]! |= bit(source, rows[to]!) << (to & 7);
  return bits;
}

function takeFixed(source: Int32Array, values: Int32Array, rows: Int32Array, elements: number): void {
  if (elements === 1) {
    for (let to = 0; to < rows.length; to++) values[to] = source[rows[to]!]!;
    return;
  }
  for (let to = 0; to < rows.length; to++) {
    const from = rows[to]! * elements;
    for (let element = 0; element < elements; element++)
      values[to * elements + element] = source[from + element]!;
  }
}

function takeOffsets(source: Int32Array, rows: Int32Array): Int32Array {
  const offsets = new Int32Array(rows.length + 1);
  let end = 0;
  for (let to = 0; to < rows.length; to++) {
    end += source[rows[to]! + 1]! - source[rows[to]!]!;
    if (end > 2147483647) {
      throw new DatacookError('DATA', 'A column of one batch would be larger than 2147483647 bytes.', {
        hint: 'Take fewer rows at once.',
      });
    }
    offsets[to + 1] = end;
  }
  return offsets;
}

function takeBytes(source: Uint8Array, from: Int32Array, to: Int32Array, rows: Int32Array): Uint8Array {
  const bytes = new Uint8Array(to[rows.length]!);
  for (let index = 0; index < rows.length; index++) {
    const row = rows[index]!;
    bytes.set(source.subarray(from[row]!, from[row + 1]!), to[index]!);
  }
  return bytes;
}

/** The bytes that a batch's values, offsets and validity take. */
export function batchByteLength(batch: Batch): number {
  const { fields } = batch.schema;
  return fields.reduce(
    (sum, { type }, index) => sum + columnBytes(type, batch.columns[index]!, batch.length),
    0,
  );
}

function columnBytes(type: DataType, column: Column, length: number): number {
  const validity = column.nullCount > 0 ? (length + 7) >> 3 : 0;
  const layout = layoutOf(type);
  switch (layout.kind) {
    case 'bits':
      return validity + ((length + 7) >> 3);
    case 'fixed':
      return validity + length * layout.elements * arrayOf(column).BYTES_PER_ELEMENT;
    case 'struct':
      return childTypes(type).reduce(
        (sum, field, index) => sum + columnBytes(field, childOf(column, index), length),
        validity,
      );
    default: {
      const offsets = offsetsOf(column);
      const items = offsets[length]! - offsets[0]!;
      const inner =
        layout.kind === 'bytes' ? items : columnBytes(childTypes(type)[0]!, childOf(column, 0), items);
      return validity + (length + 1) * 4 + inner;
    }
  }
}
