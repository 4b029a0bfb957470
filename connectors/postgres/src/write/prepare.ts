import type { Schema, Target } from '@datacook/core';
import { requireMergeKeys } from '@datacook/toolkit';
import type { Session } from '../connection/session.js';
import {
  createStaging,
  dropOtherStaging,
  ORDER_COLUMN,
  requireStaged,
  stagingName,
} from '../publish/staging.js';
import { createSchema, isRace } from './create-schema.js';
import { findTarget } from './find-target.js';
import { createTable, fitTable } from './fit-table.js';
import { noteTarget, requireVersion } from './heads.js';
import { withHolders } from './lock-errors.js';
import { checkColumnNames, type TableName, tableName } from './names.js';
import type { Prepared, ReplaceBy } from './prepared.js';
import { requireSchemaRights, requireTableRights } from './rights.js';
import { transaction } from './transaction.js';

const MOST_TRIES = 10;

export interface PrepareOptions {
  /** Not in a transaction. */
  readonly session: Session;
  readonly heads: TableName;
  readonly table: TableName;
  readonly target: Target;
  readonly schema: Schema;
  readonly expected: number;
  readonly role: string;
  readonly version: number;
  readonly replaceBy: ReplaceBy;
}

/**
 * Makes the target ready for rows of the schema: the table of an append or merge, the staging of a merge or replace.
 * Staging of other loads of the key goes. Throws CONFLICT, and nothing has changed, if the head has moved on.
 */
export async function prepareTarget(options: PrepareOptions): Promise<Prepared> {
  const { session, table, target, schema, heads } = options;
  const names = schema.fields.map(({ name }) => name);
  checkColumnNames(names, table, ORDER_COLUMN);
  const staging = tableName(heads.schema, stagingName(target.key, target.load));
  for (let tries = 1; ; tries++) {
    try {
      await transaction(session, `prepare ${table.sql}`, () => change(options, staging));
      const { version, replaceBy } = options;
      return { target, table, staging, columns: names, version, replaceBy };
    } catch (error) {
      if (isRace(error) && tries < MOST_TRIES) continue;
      throw await withHolders(error, session, [table, staging, heads]);
    }
  }
}

async function change(options: PrepareOptions, staging: TableName): Promise<void> {
  const { session, heads, table, target, schema, expected, role } = options;
  const waits = target.mode !== 'append';
  await requireVersion(session, heads, { key: target.key, expected });
  if (waits && target.staged === true) await requireStaged(session, { target, staging });
  await dropOtherStaging(session, heads.schema, target.key, waits ? staging.name : undefined);
  const found = await findTarget(session, table);
  let held = found;
  if (target.mode === 'merge')
    requireMergeKeys(
      target,
      schema,
      found?.columns.map(({ name }) => name),
    );
  if (found !== undefined) await requireTableRights(session, found, target.mode, role);
  else {
    await createSchema(session, table.schema, role);
    await requireSchemaRights(session, table, role);
  }
  if (target.mode !== 'replace') {
    if (found === undefined) await createTable(session, table, schema);
    else await fitTable(session, found, schema);
    held = await findTarget(session, table);
  }
  if (waits) await createStaging(session, { target, staging }, schema, held);
  const types = Object.fromEntries(schema.fields.map(({ name, type }) => [name, type]));
  await noteTarget(session, heads, { key: target.key, expected }, table, types);
}
