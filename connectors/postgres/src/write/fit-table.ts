import { DatacookError, type Field, isDatacookError, type Schema } from '@datacook/core';
import { quoteIdentifier, sameType, typeToString, widenType } from '@datacook/toolkit';
import type { Session } from '../connection/session.js';
import {
  canHold,
  columnTypeOf,
  isBuiltIn,
  newColumnType,
  type TargetColumn,
} from '../types/target-column.js';
import type { TableName } from './names.js';
import type { TargetTable } from './target-table.js';
import { sqlState, withHint } from './write-errors.js';

/** Makes the table, plain, with columns that may be NULL. */
export async function createTable(session: Session, table: TableName, schema: Schema): Promise<void> {
  const columns = schema.fields.map(({ name, type }) => `${quoteIdentifier(name)} ${newColumnType(type)}`);
  await session.run(`create table ${table.sql} (${columns.join(', ')})`, { action: `create ${table.sql}` });
}

/** Adds and widens columns, so that the table holds rows of the schema. Never narrows. Throws SCHEMA where it can't be. */
export async function fitTable(session: Session, table: TargetTable, schema: Schema): Promise<void> {
  const changes = schema.fields.flatMap((field) => changeFor(table, field));
  if (changes.length === 0) return;
  const statement = `alter table ${table.sql} ${changes.map(({ sql }) => sql).join(', ')}`;
  const action = changes.map(({ doing }) => doing).join(', ');
  try {
    await session.run(statement, { action: `change ${table.sql} (${action})` });
  } catch (error) {
    if (!isDatacookError(error)) throw error;
    throw explain(error, statement, changes);
  }
}

interface Change {
  readonly sql: string;
  readonly doing: string;
  /** Set where a type is changed, to what it was. */
  readonly was?: { readonly name: string; readonly type: string };
}

function changeFor(table: TargetTable, field: Field): readonly Change[] {
  const name = quoteIdentifier(field.name);
  const column = table.columns.find((each) => each.name === field.name);
  if (column === undefined) {
    const type = newColumnType(field.type);
    return [{ sql: `add column ${name} ${type}`, doing: `add ${name}` }];
  }
  if (column.isGenerated)
    throw new DatacookError('SCHEMA', `Column ${name} of ${table.sql} is generated; it can't be loaded.`, {
      hint: 'Leave it out with drop_columns.',
      details: { column: field.name },
    });
  // A column that rounds what it is given is in nobody's way until rows bring it: see `columnsFor`.
  if (canHold(column, field.type) || sameType(column.type, field.type)) return [];
  const type = widerType(column, field);
  if (type === undefined)
    throw new DatacookError(
      'SCHEMA',
      `Column ${name} of ${table.sql} is ${column.typeSql}, which can't hold ${typeToString(field.type)} without loss.`,
      {
        hint: 'Cast the column with cast_columns, change the type of the column, or load into another table.',
        details: { column: field.name },
      },
    );
  return [
    {
      sql: `alter column ${name} type ${type}`,
      doing: `widen ${name} from ${column.typeSql} to ${type}`,
      was: { name: field.name, type: typeToString(column.type) },
    },
  ];
}

/** A type that holds the values of both; undefined if there is none, or if the column's would lose its own rules. */
function widerType(column: TargetColumn, field: Field): string | undefined {
  if (!isBuiltIn(column)) return undefined;
  const wide = widenType(column.type, field.type);
  if (wide === undefined || !sameType(columnTypeOf(wide).type, columnTypeOf(field.type).type))
    return undefined;
  return newColumnType(wide);
}

function explain(error: DatacookError, statement: string, changes: readonly Change[]): DatacookError {
  if (sqlState(error) === '42501') return withHint(error, `Let the owner of the table run: ${statement}`);
  if (error.code !== 'UNSUPPORTED' && error.code !== 'CONFIG' && error.code !== 'SCHEMA') return error;
  const was = changes.find((change) => change.was !== undefined)?.was;
  const keep =
    was === undefined
      ? ''
      : ` Or keep the table's type: cast_columns with columns: { ${JSON.stringify(was.name)}: ${JSON.stringify(was.type)} }.`;
  return new DatacookError('SCHEMA', error.message, {
    hint: `${error.hint === undefined ? '' : `${error.hint} `}Make what stands in the way (a view, key, or the table it is a part of) fit by hand, and run: ${statement}.${keep}`,
    details: error.details,
    cause: error.cause ?? error,
  });
}

/**
 * The columns that a batch's fields go into. Throws SCHEMA for one that has gone since `prepare`, or that would change
 * what it is given.
 */
export function columnsFor(
  table: TableName,
  columns: readonly TargetColumn[],
  fields: readonly Field[],
): readonly TargetColumn[] {
  return fields.map((field) => {
    const column = columns.find((each) => each.name === field.name);
    const name = quoteIdentifier(field.name);
    if (column === undefined || column.isGenerated)
      throw new DatacookError(
        'SCHEMA',
        `The table ${table.sql} was changed while it was loaded: it has no column ${name} to write to.`,
        { hint: 'Run again: it goes on with the table as it is now.', details: { column: field.name } },
      );
    if (!canHold(column, field.type))
      throw new DatacookError(
        'SCHEMA',
        `Column ${name} of ${table.sql} is ${column.typeSql}, which doesn't keep every ${typeToString(field.type)} as it is.`,
        {
          hint: `alter table ${table.sql} alter column ${name} type ${newColumnType(field.type)} lets it, where that is right. Or leave the column out with drop_columns.`,
          details: { column: field.name },
        },
      );
    return column;
  });
}
