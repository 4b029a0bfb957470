import { DatacookError, type DataType, type Field, type Schema } from '@datacook/core';
import { comparableType, nearest, sameType, typeToString, widenType } from '@datacook/toolkit';

/** A column that is compared. */
export interface ComparedColumn {
  /** As it leaves the steps. */
  readonly name: string;
  /** As the table calls it. */
  readonly tableName: string;
  /** Whose canonical text both sides make. */
  readonly type: DataType;
  /** What rows that are read are widened to first, as a load does. */
  readonly widened?: DataType;
}

/** A column that isn't compared, and why. */
export interface LeftOutColumn {
  readonly column: string;
  readonly why: string;
}

export interface ColumnChoice {
  readonly compared: readonly ComparedColumn[];
  readonly leftOut: readonly LeftOutColumn[];
}

export interface ColumnRequest {
  /** What leaves the steps. */
  readonly out: Schema;
  /** The table as it is. */
  readonly table: Schema;
  /** The same with the types that a load prepared. */
  readonly known: Schema;
  readonly ignored: readonly string[];
  /** Columns that each run makes anew. */
  readonly fleeting: ReadonlySet<string>;
}

/**
 * Pairs the columns of a stream and its table. None is left out without a word. Throws CONFIG for an ignored column
 * that there isn't, and SCHEMA if none is left.
 */
export function chooseColumns({ out, table, known, ignored, fleeting }: ColumnRequest): ColumnChoice {
  checkIgnored(ignored, [...out.fields, ...table.fields]);
  const compared: ComparedColumn[] = [];
  const leftOut: LeftOutColumn[] = [];
  const paired = new Set<Field>();
  const isIgnored = (name: string) => ignored.includes(name);
  for (const field of out.fields) {
    const { name } = field;
    const held = findField(table, name);
    if (held) paired.add(held);
    const leave = (why: string) => leftOut.push({ column: name, why });
    if (isIgnored(name) || (held && isIgnored(held.name))) leave('you asked to ignore it');
    else if (!held) leave('the table has no such column');
    else if (fleeting.has(name)) leave('each run makes it anew, as now() and uuid() do');
    else {
      const pair = pairOf(field, held, findField(known, name)?.type ?? held.type);
      if (typeof pair === 'string') leave(pair);
      else compared.push(pair);
    }
  }
  for (const field of table.fields) {
    if (paired.has(field)) continue;
    leftOut.push({
      column: field.name,
      why: isIgnored(field.name) ? 'you asked to ignore it' : 'only the table has it',
    });
  }
  if (compared.length > 0) return { compared, leftOut };
  const reasons = leftOut.map(({ column, why }) => `${column}: ${why}`).join('; ');
  throw new DatacookError('SCHEMA', `no column is left to compare${reasons === '' ? '' : ` (${reasons})`}`, {
    hint: 'ignore fewer columns, or look whether the recipe names the right table',
  });
}

function findField(schema: Schema, name: string): Field | undefined {
  const folded = name.toLowerCase();
  return (
    schema.fields.find((field) => field.name === name) ??
    schema.fields.find((field) => field.name.toLowerCase() === folded)
  );
}

function pairOf(field: Field, held: Field, known: DataType): ComparedColumn | string {
  const names = { name: field.name, tableName: held.name };
  const rewritten = rewrites(field, held);
  if (rewritten !== undefined) return rewritten;
  const type = comparableType(field.type, held.type);
  if (type) return { ...names, type };
  // What has no type of its own in the table lies there as its text.
  const isText = held.type.kind === 'utf8' && known.kind === 'decimal';
  const asKnown = isText ? comparableType(field.type, known) : undefined;
  if (asKnown) return { ...names, type: asKnown };
  const wide = widenType(field.type, held.type);
  const widened = wide && sameType(wide, held.type) ? comparableType(wide, held.type) : undefined;
  if (widened) return { ...names, type: widened, widened: held.type };
  return `it is ${shown(field)} at the source and ${shown(held)} in the table, which have no text in common`;
}

/** Some types of tables change the texts that they are given. */
function rewrites(field: Field, held: Field): string | undefined {
  const native = held.nativeType ?? '';
  if (native === field.nativeType) return undefined;
  if (held.type.kind === 'json' && native === 'jsonb')
    return `the table holds it as jsonb, which writes texts anew, and the source as ${shown(field)}`;
  if (/^character(?:\(|$)/.test(native))
    return `the table holds it as ${native}, which adds blanks, and the source as ${shown(field)}`;
  return undefined;
}

function shown({ type, nativeType }: Field): string {
  return nativeType ?? typeToString(type);
}

function checkIgnored(ignored: readonly string[], fields: readonly Field[]): void {
  for (const name of ignored) {
    if (fields.some((field) => field.name === name)) continue;
    const near = nearest(
      name,
      fields.map((field) => field.name),
    );
    throw new DatacookError('CONFIG', `--ignore: there is no column ${JSON.stringify(name)}`, {
      hint:
        near.length > 0
          ? `did you mean ${near.join(' or ')}?`
          : 'it must be a column of the stream or the table',
    });
  }
}
