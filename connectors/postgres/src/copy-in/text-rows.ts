import type { Batch } from '@datacook/core';
import { canHold } from '../types/target-column.js';
import type { CopyRows, RowsOptions } from './copy-rows.js';
import { cannotHoldType } from './encoders/create-encoder.js';
import type { OutgoingSlab } from './outgoing-slab.js';
import { serverTexts } from './text-values.js';

const ROWS_AT_ONCE = 64;
const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };

/** Makes lines in the text format: for tables with a type that has no binary form of ours. */
export class TextRows implements CopyRows {
  readonly format = 'text';
  private readonly options: RowsOptions;
  private readers: readonly ((row: number) => string | null)[] = [];
  private next: bigint;

  constructor(options: RowsOptions) {
    this.options = options;
    this.next = options.order?.first ?? 0n;
  }

  begin(): void {}

  bind({ schema, columns, length }: Batch): void {
    const { server } = this.options;
    this.readers = this.options.columns.map((column) => {
      const index = schema.fields.findIndex(({ name }) => name === column.name);
      const field = schema.fields[index];
      if (field === undefined) return () => null;
      if (!canHold(column, field.type)) throw cannotHoldType(column, field.type);
      const { name, typeSql, form } = column;
      return serverTexts({ name, typeSql, server }, form, field.type, columns[index]!, length);
    });
  }

  append(slab: OutgoingSlab, first: number, end: number): number {
    const count = Math.min(ROWS_AT_ONCE, end - first);
    let lines = '';
    for (let row = first; row < first + count; row++) lines += `${this.line(row)}\n`;
    slab.append(Buffer.from(lines));
    return count;
  }

  finish(): void {}

  private line(row: number): string {
    const fields = this.readers.map((read) => {
      const text = read(row);
      return text === null ? '\\N' : text.replace(/[\\\t\n\r]/g, (sign) => ESCAPES[sign]!);
    });
    if (this.options.order !== undefined) fields.push(String(this.next++));
    return fields.join('\t');
  }
}
