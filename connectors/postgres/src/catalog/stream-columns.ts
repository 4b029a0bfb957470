import { DatacookError } from '@datacook/core';
import { nearest, quoteIdentifier, quoteLiteral } from '@datacook/toolkit';
import type { Stream, StreamColumn } from './describe.js';

/** A column as it stands in a statement: qualified, since a bare name behind ORDER BY may be that of a result. */
export function columnSql(name: string): string {
  return `t.${quoteIdentifier(name)}`;
}

/** A text as a value of a column's type. */
export function literal(text: string, { castType }: StreamColumn): string {
  return `${quoteLiteral(text)}::${castType}`;
}

/** Throws NOT_FOUND, with what may be meant, if there is no such column. `what` names the option. */
export function findColumn(stream: Stream, name: string, what: string): StreamColumn {
  const column = stream.columns.find((each) => each.name === name);
  if (column !== undefined) return column;
  const names = stream.columns.map((each) => each.name);
  const near = nearest(name, names);
  const from =
    stream.relation === undefined ? 'the query' : `${stream.relation.schema}.${stream.relation.name}`;
  throw new DatacookError('NOT_FOUND', `${what}: ${from} has no column ${JSON.stringify(name)}.`, {
    hint: near.length > 0 ? `Is ${near.join(' or ')} meant?` : `It has ${names.join(', ')}.`,
    details: { column: name },
  });
}

/** The columns of the stream's best key; none if it has no key. */
export function keyColumns(stream: Stream): readonly StreamColumn[] {
  return (stream.keys[0]?.columns ?? []).map((name) => findColumn(stream, name, 'The key'));
}

/** The columns that a load reads, in its order. Throws NOT_FOUND for one that isn't there, AUTH for one of others. */
export function chosenColumns(stream: Stream, names: readonly string[] | undefined): readonly StreamColumn[] {
  const columns = names?.map((name) => findColumn(stream, name, 'columns')) ?? stream.columns;
  const hidden = columns.filter(({ isReadable }) => !isReadable).map(({ name }) => name);
  if (hidden.length === 0) return columns;
  throw new DatacookError('AUTH', `This user may not read the columns ${hidden.join(', ')}.`, {
    hint: 'Grant select on them, or say in source.columns which ones are read.',
    details: { columns: hidden },
  });
}
