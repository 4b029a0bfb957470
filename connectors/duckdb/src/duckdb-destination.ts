import {
  type Commit,
  type Context,
  DatacookError,
  type Destination,
  type Head,
  type Json,
  type Merged,
  type Place,
  type Schema,
  type Target,
} from '@datacook/core';
import type { DuckDBConnection } from '@datacook/duckdb-engine';
import { requireMergeKeys } from '@datacook/toolkit';
import { Client } from './client.js';
import type { DuckDBConfig } from './config.js';
import { duckdbDigest } from './digest.js';
import { fenced } from './errors.js';
import {
  advanceHead,
  claimHead,
  headVersion,
  noteTarget,
  readHead,
  requireVersion,
  viewError,
} from './heads.js';
import { afterPublish, publish } from './publish.js';
import { dropStaging, requireStaged, stagedSchema, stagingTable } from './staging.js';
import { prepareTable, relationKind } from './tables.js';
import { notPrepared, openWriter, type Prepared } from './writer.js';

/** Opens the destination. The file is opened, and made, when it is first needed. */
export function openDestination(config: DuckDBConfig, context: Pick<Context, 'signal'>): Destination {
  const client = new Client(config, context.signal);
  const ready = new Map<string, Prepared>();

  const prepared = (target: Target): Prepared => {
    const found = ready.get(target.key);
    if (
      found?.target.load !== target.load ||
      found.target.table !== target.table ||
      found.target.mode !== target.mode
    )
      throw notPrepared(target);
    return found;
  };
  /** A transaction that ends with a comparison of the head. */
  const fencedTransaction = async (
    key: string,
    expected: number,
    catalog: string,
    action: (session: DuckDBConnection) => Promise<void>,
  ): Promise<void> => {
    const session = await client.session();
    await fenced(
      key,
      expected,
      () => headVersion(session, catalog, key),
      () =>
        client.transaction(async () => {
          await requireVersion(session, catalog, key, expected);
          await action(session);
        }),
    );
  };

  return {
    async peek(place: Place): Promise<Head> {
      if (!client.exists()) return { version: 0 };
      const table = await client.table(place.table);
      return client.transaction((session) => readHead(session, place, table));
    },

    async claim(place: Place, owner: string): Promise<Head> {
      client.exists();
      const table = await client.table(place.table);
      return client.transaction(async (session) => {
        if ((await relationKind(session, table)) === 'view') throw viewError(table);
        await claimHead(session, place, table, owner);
        return readHead(session, place, table);
      });
    },

    async prepare(target: Target, schema: Schema, expected: number): Promise<void> {
      const table = await client.table(target.table);
      const staging = stagingTable(table, target.key, target.load);
      ready.delete(target.key);
      await fencedTransaction(target.key, expected, table.catalog, async (session) => {
        const kind = await relationKind(session, table);
        if (kind === 'view') throw viewError(table);
        const { mode } = target;
        const waits = mode !== 'append';
        if (waits && target.staged === true) await requireStaged(session, table, staging);
        await dropStaging(session, table.catalog, target.key, waits ? staging : undefined);
        let held = schema;
        if (mode !== 'replace') {
          const { table: current } = await readHead(session, target, table);
          if (mode === 'merge')
            requireMergeKeys(
              target,
              schema,
              current?.fields.map(({ name }) => name),
            );
          held = await prepareTable(session, table, schema, current);
        }
        const staged = waits
          ? await prepareTable(session, staging, held, await stagedSchema(session, staging))
          : held;
        await noteTarget(session, table, target.key, expected, mode === 'merge' ? held : staged);
        ready.set(target.key, { target, table, staging, schema: staged });
      }).catch((error: unknown) => {
        ready.delete(target.key);
        throw error;
      });
    },

    async openWriter(target: Target, _schema: Schema, expected: number) {
      const table = await client.table(target.table);
      await requireVersion(await client.session(), table.catalog, target.key, expected);
      return openWriter(client, prepared(target), expected);
    },

    async commit(target: Target, tickets: readonly Json[], commit: Commit) {
      if (tickets.length > 0)
        throw new DatacookError('INTERNAL', 'The duckdb destination gives no tickets; it was handed some.', {
          hint: 'This is a defect: report it.',
        });
      const table = await client.table(target.table);
      let merged: Merged | undefined;
      if (commit.publish) await client.useThreads('all is done at once');
      await fencedTransaction(target.key, commit.expected, table.catalog, async (session) => {
        if (commit.publish && target.mode !== 'append')
          merged = await publish(session, prepared(target), client);
        await advanceHead(session, table.catalog, target.key, commit.expected, commit.state);
      });
      await afterPublish(client, merged);
      return merged;
    },

    digest: duckdbDigest(client),

    async check(): Promise<void> {
      if (client.exists()) await client.session();
      else client.checkFolder();
    },

    close: () => client.close(),
  };
}
