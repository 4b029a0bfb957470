import type { DataType } from '@datacook/core';
import type { Bindings } from './bindings.js';
import { decimalWriter, NUMERIC_PRECISION, numericWriter } from './decimals.js';
import { stringWriter } from './strings.js';
import {
  dateWriter,
  intervalWriter,
  nanosecondTimestampWriter,
  timestampWriter,
  timeWriter,
  zonedTimeWriter,
} from './temporals.js';
import {
  badValue,
  boolWriter,
  createScratch,
  fixedWriter,
  offsetsOf,
  uuidWriter,
  validityWriter,
  type WriteColumn,
} from './vectors.js';

/**
 * How columns of a type get into a vector of `duckdbType(type)`: chosen once a column, not a value.
 *
 * @param name The column's name, for errors.
 * @param fastStrings See `knowsStrings`.
 */
export function columnWriter(
  bindings: Bindings,
  name: string,
  type: DataType,
  fastStrings: boolean,
): WriteColumn {
  const values = valueWriter(bindings, name, type, fastStrings);
  const validity = validityWriter(bindings, name);
  return (vector, column, from, count, mask) => {
    if (count === 0) return;
    const bits = validity(vector, column, from, count, mask);
    values(vector, column, from, count, bits);
  };
}

/** The same without the NULLs; the mask is the column's own bits by now. */
function valueWriter(bindings: Bindings, name: string, type: DataType, fastStrings: boolean): WriteColumn {
  switch (type.kind) {
    case 'bool':
      return boolWriter(bindings, name);
    case 'int':
    case 'float':
      return fixedWriter(bindings, name, type.bits / 8);
    case 'decimal':
      return type.precision > NUMERIC_PRECISION
        ? stringWriter(bindings, name, true, fastStrings)
        : decimalWriter(bindings, name, type.precision);
    case 'numeric':
      return numericWriter(bindings, name);
    case 'utf8':
    case 'json':
      return stringWriter(bindings, name, true, fastStrings);
    case 'binary':
      return stringWriter(bindings, name, false, fastStrings);
    case 'date':
      return dateWriter(bindings, name);
    case 'time':
      return type.zoned ? zonedTimeWriter(bindings, name, type.unit) : timeWriter(bindings, name, type.unit);
    case 'timestamp':
      return type.zoned && type.unit === 'ns'
        ? nanosecondTimestampWriter(bindings, name)
        : timestampWriter(bindings, name, type.unit);
    case 'interval':
      return intervalWriter(bindings, name);
    case 'uuid':
      return uuidWriter(bindings, name);
    case 'list': {
      const item = columnWriter(bindings, `${name}[]`, type.item.type, fastStrings);
      return listWriter(bindings, name, item);
    }
    case 'struct': {
      const members = type.fields.map((field) =>
        columnWriter(bindings, `${name}.${field.name}`, field.type, fastStrings),
      );
      return (vector, column, from, count, mask) => {
        members.forEach((write, at) => {
          const child = column.children?.[at];
          if (child === undefined) throw badValue(name, undefined, `lacks the values of field ${at + 1}`);
          write(bindings.struct_vector_get_child(vector, at), child, from, count, mask);
        });
      };
    }
  }
}

/** Entries of two 64-bit words, offset and length, into a child vector that holds just this chunk's items. */
function listWriter(bindings: Bindings, name: string, item: WriteColumn): WriteColumn {
  const scratch = createScratch();
  return (vector, column, from, count) => {
    const child = column.children?.[0];
    if (child === undefined) throw badValue(name, undefined, 'is a list without items');
    const offsets = offsetsOf(name, column, from, count, 0x7fffffff);
    const first = offsets[from] as number;
    const total = (offsets[from + count] as number) - first;
    const entries = new Uint32Array(scratch(count * 16).buffer, 0, count * 4);
    for (let at = 0; at < count; at++) {
      const start = offsets[from + at] as number;
      entries[at * 4] = start - first;
      entries[at * 4 + 1] = 0;
      entries[at * 4 + 2] = (offsets[from + at + 1] as number) - start;
      entries[at * 4 + 3] = 0;
    }
    bindings.copy_data_to_vector(vector, 0, entries.buffer as ArrayBuffer, 0, count * 16);
    bindings.list_vector_reserve(vector, total);
    bindings.list_vector_set_size(vector, total);
    item(bindings.list_vector_get_child(vector), child, first, total);
  };
}
