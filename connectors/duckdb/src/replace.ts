import { type DuckDBConnection, type TableName, tableSchema, tableSql } from '@datacook/duckdb-engine';
import { insertByName } from './insert.js';
import { adopt, hasOwn, loadIndexes, prepareTable, relationKind } from './tables.js';

/**
 * Makes the staged rows the table, within the session's transaction. The staging table takes the target's place; a
 * target with something of its own that would be lost (see `hasOwn`) stays, and gets the rows in the place of its own.
 */
export async function replaceByStaged(
  session: DuckDBConnection,
  target: TableName,
  staging: TableName,
): Promise<void> {
  if ((await relationKind(session, target)) === 'table' && (await hasOwn(session, target))) {
    await refill(session, target, staging);
    await session.run(`DROP TABLE ${tableSql(staging)}`, [], `drop ${tableSql(staging)}`);
  } else await adopt(session, target, staging);
}

/** Puts the staged rows in the place of the table's; its columns that the load lacks get their default. */
async function refill(session: DuckDBConnection, target: TableName, staging: TableName): Promise<void> {
  const staged = await tableSchema(session, staging);
  await prepareTable(session, target, staged, await tableSchema(session, target));
  await loadIndexes(session, target, staged.fields[0]?.name ?? '');
  await session.run(`DELETE FROM ${tableSql(target)}`, [], `replace the rows of ${tableSql(target)}`);
  await insertByName(session, target, staging, staged.fields);
}
