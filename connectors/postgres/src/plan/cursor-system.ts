import { DatacookError } from '@datacook/core';
import type { CursorColumn, CursorRange, CursorSystem, Watermark } from '@datacook/toolkit';
import type { Stream, StreamColumn } from '../catalog/describe.js';
import { columnSql, findColumn, keyColumns, literal } from '../catalog/stream-columns.js';
import type { Session } from '../connection/session.js';

export interface CursorSystemOptions {
  readonly session: Session;
  readonly columnName: string;
  /** `watermark` only, before the snapshot. */
  readonly watermark: (lagMs: number) => Promise<Watermark>;
  /** Opens the snapshot, and describes the stream in it. */
  readonly begin: () => Promise<Stream>;
  /** The columns that are read, of the stream. */
  readonly read: (stream: Stream) => readonly StreamColumn[];
}

/** `character varying` of any length has the same texts, so that a longer one doesn't change a row's hash. */
const VARCHAR = 1043;

/** Answers what the toolkit asks to plan a window. */
export class PostgresCursorSystem implements CursorSystem {
  readonly #options: CursorSystemOptions;
  #stream: Stream | undefined;
  #column: StreamColumn | undefined;

  constructor(options: CursorSystemOptions) {
    this.#options = options;
  }

  watermark(lagMs: number): Promise<Watermark> {
    return this.#options.watermark(lagMs);
  }

  async begin(): Promise<CursorColumn> {
    const { columnName, begin, read } = this.#options;
    const stream = await begin();
    const column = findColumn(stream, columnName, 'cursor_column');
    this.#stream = stream;
    this.#column = column;
    const hashed = new Map([...read(stream), ...keyColumns(stream)].map((each) => [each.name, each]));
    return {
      name: column.name,
      type: column.nativeType,
      isUnique: stream.uniqueColumns.includes(column.name),
      isNullable: column.nullable,
      columns: [...hashed.values()].map(({ name, oid, nativeType, castType }) => ({
        name,
        type: oid === VARCHAR ? castType : nativeType,
      })),
    };
  }

  async greatest({ from, below }: CursorRange): Promise<{ value: string; rows: number } | undefined> {
    const { cursor, column, stream } = this.#begun;
    const range = [
      `${cursor} is not null`,
      ...(from === undefined ? [] : [`${cursor} >= ${this.#literal(from)}`]),
      ...(below === undefined ? [] : [`${cursor} < ${this.#literal(below)}`]),
    ];
    const [row] = await this.#ask(
      `select ${cursor}::text from ${stream.from} where ${this.#and(range)} order by ${cursor} desc limit 1`,
    );
    const value = row?.[0];
    if (value === null || value === undefined) return undefined;
    if (stream.uniqueColumns.includes(column.name)) return { value, rows: 1 };
    const [count] = await this.#ask(
      `select count(*)::text from ${stream.from} where ${this.#and([`${cursor} = ${this.#literal(value)}`])}`,
    );
    return { value, rows: Number(count![0]) };
  }

  async countNulls(limit: number): Promise<number> {
    const { cursor, stream } = this.#begun;
    const [row] = await this.#ask(
      `select count(*)::text from (select 1 from ${stream.from} where ${this.#and([`${cursor} is null`])} limit ${limit}) n`,
    );
    return Number(row![0]);
  }

  async compare(a: string, b: string): Promise<number> {
    if (a === b) return 0;
    const { cursor, stream } = this.#begun;
    // The union gives the literals the collation of the column.
    const [row] = await this.#ask(
      `select case when v.a < v.b then -1 when v.a = v.b then 0 else 1 end::text
       from (select ${cursor} as a, ${cursor} as b from ${stream.from} where false
         union all select ${this.#literal(a)}, ${this.#literal(b)}) v`,
    );
    return Number(row![0]);
  }

  async normalize(value: string, what: string): Promise<string> {
    const { column } = this.#begun;
    try {
      const [row] = await this.#ask(`select (${this.#literal(value)})::text`);
      return row![0]!;
    } catch (error) {
      if (!(error instanceof DatacookError) || !String(error.details['sqlstate']).startsWith('22'))
        throw error;
      throw new DatacookError('CONFIG', `${what}: ${JSON.stringify(value)} is no ${column.nativeType}.`, {
        hint: `It is compared with the column ${JSON.stringify(column.name)}: write a value as that column has it.`,
        cause: error,
      });
    }
  }

  get #begun() {
    if (this.#stream === undefined || this.#column === undefined)
      throw new DatacookError('INTERNAL', 'The snapshot was not opened yet.');
    return { stream: this.#stream, column: this.#column, cursor: columnSql(this.#column.name) };
  }

  #literal(text: string): string {
    return literal(text, this.#begun.column);
  }

  #and(conditions: readonly string[]): string {
    const { where } = this.#begun.stream;
    return [...(where === undefined ? [] : [where]), ...conditions].join(' and ');
  }

  async #ask(statement: string) {
    const { stream } = this.#begun;
    const { rows } = await this.#options.session.query(statement, [], {
      action: 'find the window of the cursor',
      statement,
      parts: stream.parts,
    });
    return rows;
  }
}
