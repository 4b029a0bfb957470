import {
  type Batch,
  type Commit,
  DatacookError,
  type Merged,
  type Schema,
  type Target,
  type Writer,
} from '@datacook/core';
import {
  type DuckDBConnection,
  duckdbType,
  foldName,
  openAppender,
  type TableAppender,
  type TableName,
  tableSchema,
  tableSql,
} from '@datacook/duckdb-engine';
import { fitBatch, typeToString } from '@datacook/toolkit';
import type { Client } from './client.js';
import { fenced } from './errors.js';
import { advanceHead, headVersion } from './heads.js';
import { fitColumns, insertByName } from './insert.js';
import { KeyCheck } from './merge-keys.js';
import { afterPublish, publish } from './publish.js';
import { loadedFields, noteLoaded } from './staging.js';
import { createTable, writableColumns } from './tables.js';

/** A target that `prepare` made ready. */
export interface Prepared {
  readonly target: Target;
  readonly table: TableName;
  /** Where rows of a merge or replace wait; where those of an append go that can't go straight into the table. */
  readonly staging: TableName;
  /** The columns of the prepared schema, in the types that they are held in. */
  readonly schema: Schema;
}

/**
 * One epoch: a transaction of its own connection. Rows are in the table, or in staging, from the first batch on, but
 * nobody sees them before the commit.
 */
export async function openWriter(client: Client, prepared: Prepared, expected: number): Promise<Writer> {
  const { target, table } = prepared;
  await client.useThreads('rows come in');
  const connection = await client.connect();
  let rows: Rows;
  try {
    await connection.run('BEGIN TRANSACTION');
    rows = await openRows(connection, prepared);
  } catch (error) {
    client.release(connection);
    throw error;
  }
  let open = true;
  const end = () => {
    if (!open) return;
    open = false;
    rows.abandon();
    client.release(connection);
  };

  const session = await client.session();
  const guarded = <T>(expected: number, action: () => Promise<T>) =>
    fenced(target.key, expected, () => headVersion(session, table.catalog, target.key), action);

  return {
    async write(batch) {
      await guarded(expected, async () => rows.append(batch));
    },
    async commit(commit: Commit) {
      let merged: Merged | undefined;
      await guarded(commit.expected, async () => {
        await rows.finish();
        await client.exclusive(async () => {
          if (commit.publish) {
            await client.useThreads('all is done at once');
            merged = await publish(connection, prepared, client);
          }
          await advanceHead(connection, table.catalog, target.key, commit.expected, commit.state);
          await connection.run('COMMIT', [], `commit rows to ${target.table}`);
        });
      });
      end();
      await afterPublish(client, merged);
      await client.trim();
      return merged;
    },
    // Ending the connection rolls back what it has not committed.
    async close() {
      end();
    },
  };
}

/** Where a writer's rows go. */
interface Rows {
  append(batch: Batch): Promise<void>;
  /** Hands over what waits; the rows are in the target, or in staging, after it. */
  finish(): Promise<void>;
  /** Forgets what waits. */
  abandon(): void;
}

async function openRows(connection: DuckDBConnection, prepared: Prepared): Promise<Rows> {
  const { target, table, staging, schema } = prepared;
  if (target.mode !== 'append') {
    const rows = rowsOf(await openAppender(connection, staging, schema), schema);
    return target.mode === 'merge' ? keyedRows(connection, prepared, rows) : rows;
  }
  if (await isPlain(connection, table, schema))
    return rowsOf(await openAppender(connection, table, schema), schema);
  // The table has types or defaults that the appender doesn't serve: SQL does the last step.
  await createTable(connection, staging, schema);
  const rows = rowsOf(await openAppender(connection, staging, schema), schema);
  return {
    ...rows,
    async finish() {
      await rows.finish();
      const staged = (await tableSchema(connection, staging)).fields.filter((field) =>
        rows.seen.has(field.name),
      );
      if (staged.length > 0) await insertByName(connection, table, staging, staged);
      await connection.run(`DROP TABLE ${tableSql(staging)}`);
    },
  };
}

/** The same for a merge: keys must be there, and which columns came is remembered with the rows. */
async function keyedRows(connection: DuckDBConnection, prepared: Prepared, rows: Rows): Promise<Rows> {
  const { target, table, staging, schema } = prepared;
  const check = new KeyCheck(target);
  const loaded = new Set((await loadedFields(connection, staging)).map((field) => field.name));
  let known: Schema | undefined;
  return {
    ...rows,
    async append(batch) {
      check.add(batch);
      if (known !== batch.schema) {
        known = batch.schema;
        const before = loaded.size;
        for (const field of batch.schema.fields) loaded.add(field.name);
        if (loaded.size > before) {
          const fields = schema.fields.filter((field) => loaded.has(field.name));
          // A generated column is refused now rather than when all rows are there.
          await fitColumns(connection, table, fields);
          await noteLoaded(connection, staging, loaded);
        }
      }
      await rows.append(batch);
    },
    async finish() {
      check.requireValues();
      await rows.finish();
    },
  };
}

/** Whether the appender fills the table as an INSERT would: all types are those that we make, and nothing has a default. */
async function isPlain(connection: DuckDBConnection, table: TableName, schema: Schema): Promise<boolean> {
  const columns = await writableColumns(connection, table);
  const all = await tableSchema(connection, table);
  if (columns.length !== all.fields.length) return false;
  return columns.every(({ field, hasDefault }) => {
    const type =
      schema.fields.find((each) => foldName(each.name) === foldName(field.name))?.type ?? field.type;
    return !hasDefault && duckdbType(type) === field.nativeType;
  });
}

function rowsOf(appender: TableAppender, schema: Schema): Rows & { readonly seen: ReadonlySet<string> } {
  const seen = new Set<string>();
  const types = new Map(schema.fields.map((field) => [field.name, typeToString(field.type)]));
  let known: { readonly schema: Schema; readonly fits: boolean } | undefined;
  return {
    seen,
    async append(batch) {
      if (known?.schema !== batch.schema) {
        for (const field of batch.schema.fields) seen.add(field.name);
        const fits = batch.schema.fields.every((field) => types.get(field.name) === typeToString(field.type));
        known = { schema: batch.schema, fits };
      }
      return appender.append(known.fits ? batch : fitBatch(batch, schema));
    },
    finish: () => appender.close(),
    abandon: () => appender.abandon(),
  };
}

/** For a writer or commit of a target that was never prepared here. */
export function notPrepared(target: Target): DatacookError {
  return new DatacookError('INTERNAL', `The target ${target.table} was not prepared for this load.`, {
    hint: 'Nothing was written. This is a defect: report it.',
  });
}
