import type { Batch, Field, Schema } from '@datacook/core';
import { columnTextReader, type Edge, type Window, windowEdges } from '@datacook/toolkit';
import type { Stream, StreamColumn } from '../catalog/describe.js';
import { columnSql, findColumn, literal } from '../catalog/stream-columns.js';
import type { PartitionSpec, ReadSpec } from '../plan/read-spec.js';
import type { PgColumn } from '../types/pg-column.js';
import { conditions } from './conditions.js';
import { mayHaveSeveralTexts, pointText, tellsText } from './point-text.js';

/** The statement that reads a partition, and what its columns are for. */
export interface Selection {
  readonly sql: string;
  /** All columns of the result: those that are handed on first, then hidden ones. */
  readonly columns: readonly PgColumn[];
  /** Of all columns. */
  readonly schema: Schema;
  /** Reading can go on behind a row. */
  readonly hasPoints: boolean;
  /** Reads the texts of a row's restart point. */
  point(batch: Batch): (row: number) => string[];
  /**
   * Where restart points are those between two values of the cursor: reads its text, the same for equal values. To be
   * called with each batch, in order.
   */
  readonly steps: ((batch: Batch) => (row: number) => string) | undefined;
  /** Indexes of the columns with hashes. */
  readonly atLow: number | undefined;
  readonly atHigh: number | undefined;
}

const TEXT: Omit<PgColumn, 'name'> = {
  type: { kind: 'utf8' },
  nativeType: 'text',
  nullable: true,
  oid: 25,
  typmod: -1,
};
const BOOL: Omit<PgColumn, 'name'> = {
  type: { kind: 'bool' },
  nativeType: 'boolean',
  nullable: false,
  oid: 16,
  typmod: -1,
};

/** How a partition is selected, from its start or from behind a point. */
export function select(
  stream: Stream,
  spec: ReadSpec,
  partition: PartitionSpec,
  from: readonly string[] | undefined,
): Selection {
  const window = spec.planned?.window;
  const list = new SelectList();
  for (const { name } of spec.columns) list.addColumn(findColumn(stream, name, 'columns'));
  const points = orderOf(spec, partition).map(({ name }) => findColumn(stream, name, 'The key'));
  const texts = points.map((column) => list.addPoint(column));
  const isStepped = points.length > 0 && spec.key === undefined;
  const begins = isStepped && mayHaveSeveralTexts(points[0]!) ? list.addBegins(points[0]!) : undefined;
  const edges = window === undefined ? {} : windowEdges(window, partition.part);
  const atLow = edges.atLow && list.addHash(stream, window!, edges.atLow);
  const atHigh = edges.atHigh && list.addHash(stream, window!, edges.atHigh);

  const where = conditions(stream, window, partition, {
    leading: spec.order === 'key' ? points[0] : undefined,
    point: from && { columns: points, texts: from },
  });
  const order =
    points.length === 0 ? '' : ` order by ${points.map(({ name }) => columnSql(name)).join(', ')}`;
  const { columns } = list;
  const read = (index: number, batch: Batch) =>
    pointText(columns[index]!.type, columns[index]!, batch.columns[index]!);
  return {
    sql: `copy (select ${list.sql} from ${stream.from}${where}${order}) to stdout (format binary)`,
    columns,
    schema: { fields: columns.map(fieldOf) },
    hasPoints: points.length > 0,
    point: (batch) => {
      const readers = texts.map((index) => read(index, batch));
      return (row) => readers.map((reader) => reader(row));
    },
    steps: isStepped ? tieTexts((batch) => read(texts[0]!, batch), begins) : undefined,
    atLow,
    atHigh,
  };
}

/** The schema that is handed on. */
export function outputSchema(stream: Stream, columns: readonly StreamColumn[]): Schema {
  const fields = columns.map(fieldOf);
  const key = stream.keys.find(({ isPrimary }) => isPrimary)?.columns;
  const isWhole = key?.every((name) => columns.some((column) => column.name === name)) === true;
  return { fields, ...(isWhole ? { primaryKey: key! } : {}) };
}

function fieldOf({ name, type, nullable, nativeType }: PgColumn): Field {
  return { name, type, nullable, nativeType };
}

/** Rows with NULL as cursor are read in the order of the key, if there is one. */
function orderOf({ points, order, key }: ReadSpec, { part }: PartitionSpec) {
  if (order !== 'cursor' || part === 'values') return points;
  return key === undefined ? [] : points.filter(({ name }) => key.includes(name));
}

/** The columns of a SELECT, each once. */
class SelectList {
  readonly columns: PgColumn[] = [];
  readonly #sql: string[] = [];

  get sql(): string {
    // A table without columns has rows all the same.
    return this.#sql.join(', ');
  }

  addColumn(column: PgColumn): number {
    const sql = columnSql(column.name);
    return this.#add(column.cast === 'text' ? `${sql}::text` : sql, column);
  }

  addPoint(column: StreamColumn): number {
    const found = this.columns.indexOf(column);
    if (tellsText(column)) return found < 0 ? this.addColumn(column) : found;
    return this.#add(`${columnSql(column.name)}::text`, { ...TEXT, name: `text of ${column.name}` });
  }

  /** Whether a row's value differs from the one before, as the server compares. */
  addBegins({ name }: StreamColumn): number {
    const sql = columnSql(name);
    return this.#add(`(lag(${sql}) over (order by ${sql})) is distinct from ${sql}`, {
      ...BOOL,
      name: `${name} begins`,
    });
  }

  addHash(stream: Stream, window: Window, { value, columns }: Edge): number {
    const row = columns.map(columnSql).join(', ');
    const hash = `left(encode(sha256(convert_to(row(${row})::text, 'UTF8')), 'hex'), 32)`;
    const cursor = findColumn(stream, window.column, 'cursor_column');
    const sql =
      value === undefined
        ? hash
        : `case when ${columnSql(cursor.name)} = ${literal(value, cursor)} then ${hash} end`;
    const same = this.#sql.indexOf(sql);
    return same < 0 ? this.#add(sql, { ...TEXT, name: `hash ${this.columns.length}` }) : same;
  }

  #add(sql: string, column: PgColumn): number {
    this.#sql.push(sql);
    return this.columns.push(column) - 1;
  }
}

/** Within a tie the text of its first row, whatever the others are written like. */
function tieTexts(
  reader: (batch: Batch) => (row: number) => string,
  begins: number | undefined,
): (batch: Batch) => (row: number) => string {
  if (begins === undefined) return reader;
  let carried = '';
  return (batch) => {
    const text = reader(batch);
    const begin = columnTextReader({ kind: 'bool' }, batch.columns[begins]!);
    const before = carried;
    // -1: of a tie that began in an earlier batch.
    const first = new Int32Array(batch.length);
    for (let row = 0; row < batch.length; row++)
      first[row] = begin(row) === 'true' ? row : row === 0 ? -1 : first[row - 1]!;
    const tie = (row: number) => (first[row]! < 0 ? before : text(first[row]!));
    if (batch.length > 0) carried = tie(batch.length - 1);
    return tie;
  };
}
