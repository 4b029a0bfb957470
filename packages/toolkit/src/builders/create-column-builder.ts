import type { DataType } from '@datacook/core';
import { BoolBuilder } from './bool-builder.js';
import { BinaryBuilder, JsonBuilder, TextBuilder } from './bytes-builder.js';
import type { BaseBuilder, ColumnBuilder } from './column-builder.js';
import { DecimalBuilder, LongDecimalBuilder, NumericBuilder } from './decimal-builder.js';
import { FloatBuilder } from './float-builder.js';
import { Int64Builder, SmallIntBuilder } from './int-builder.js';
import { IntervalBuilder } from './interval-builder.js';
import { ListBuilder, StructBuilder } from './nested-builder.js';
import { DateBuilder, TimeBuilder, TimestampBuilder } from './temporal-builder.js';
import { UuidBuilder } from './uuid-builder.js';

/**
 * The builder of a type's columns. `expectedRows` sizes the first buffers, which grow as needed; later ones are sized
 * by the batch before.
 */
export function createColumnBuilder(type: DataType, expectedRows = 0): ColumnBuilder {
  return create(type, expectedRows);
}

function create(type: DataType, rows: number): BaseBuilder {
  switch (type.kind) {
    case 'bool':
      return new BoolBuilder(rows);
    case 'int':
      return type.bits === 64 ? new Int64Builder(type, rows) : new SmallIntBuilder(type, rows);
    case 'float':
      return new FloatBuilder(type, rows);
    case 'decimal':
      return type.precision > 38 ? new LongDecimalBuilder(type, rows) : new DecimalBuilder(type, rows);
    case 'numeric':
      return new NumericBuilder(rows);
    case 'utf8':
      return new TextBuilder(type, rows);
    case 'json':
      return new JsonBuilder(rows);
    case 'binary':
      return new BinaryBuilder(rows);
    case 'date':
      return new DateBuilder(rows);
    case 'time':
      return new TimeBuilder(type, rows);
    case 'timestamp':
      return new TimestampBuilder(type, rows);
    case 'interval':
      return new IntervalBuilder(rows);
    case 'uuid':
      return new UuidBuilder(rows);
    case 'list':
      return new ListBuilder(type, create(type.item.type, rows), rows);
    case 'struct':
      return new StructBuilder(
        type,
        type.fields.map((field) => create(field.type, rows)),
        rows,
      );
  }
}
