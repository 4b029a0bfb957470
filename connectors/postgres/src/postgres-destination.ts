import { setMaxListeners } from 'node:events';
import {
  type Commit,
  type Context,
  DatacookError,
  type Destination,
  type Digest,
  type Field,
  type Head,
  type Json,
  type Merged,
  type Place,
  type Schema,
  type Target,
  type Writer,
} from '@datacook/core';
import { type DigestEntry, parseDurationMs, quoteLiteral } from '@datacook/toolkit';
import { Server } from './connection/server.js';
import type { Session } from './connection/session.js';
import { writingSettings } from './connection/session-settings.js';
import type { PostgresDestinationConfig } from './destination-config.js';
import { postgresDigest } from './digest/postgres-digest.js';
import { claimHead } from './write/claim.js';
import { findTarget, resolveTarget } from './write/find-target.js';
import { type HeadRow, headsTable, readHeads, requireVersion, toHead } from './write/heads.js';
import type { TableName } from './write/names.js';
import { prepareTarget } from './write/prepare.js';
import type { Prepared } from './write/prepared.js';
import { type SessionLabel, sessionName } from './write/sessions.js';
import { beginReading, readTransaction } from './write/transaction.js';
import { commitWithoutRows, PostgresWriter } from './write/writer.js';

/** The name of sessions that hold no claim. */
const APPLICATION_NAME = 'datacook destination';

/** A table of a Postgres database, and the heads beside it. */
export class PostgresDestination implements Destination {
  readonly #config: PostgresDestinationConfig;
  readonly #context: Context;
  readonly #closing = new AbortController();
  readonly #server: Server;
  readonly #sessions = new Set<Session>();
  readonly #prepared = new Map<string, Prepared>();
  readonly #tables = new Map<string, TableName>();
  /** For all but rows: claims, preparing, commits without rows. */
  #main: { readonly session: Session; readonly name: string } | undefined;

  constructor(config: PostgresDestinationConfig, context: Context) {
    this.#config = config;
    this.#context = context;
    const signal = AbortSignal.any([context.signal, this.#closing.signal]);
    // Every connection listens.
    setMaxListeners(0, signal);
    this.#server = new Server({
      connection: config,
      settings: writingSettings({
        statementMs: parseDurationMs(config.statement_timeout),
        lockMs: parseDurationMs(config.lock_timeout),
        idleMs: parseDurationMs(config.idle_in_transaction_timeout),
      }),
      use: 'write',
      warn: (text) => context.log('warn', text),
      signal,
    });
  }

  /** On a session of its own: it must answer also where another one has failed, or is busy. */
  async peek(place: Place): Promise<Head> {
    const session = await this.#connect(sessionName(place.key, 'look'));
    try {
      const table = await this.#table(session, place.table);
      return await this.#look(session, place, table);
    } finally {
      await this.#release(session);
    }
  }

  async claim(place: Place, owner: string): Promise<Head> {
    const { key } = place;
    const session = await this.#session(key, 'claim');
    const target = await this.#table(session, place.table);
    await findTarget(session, target);
    const own = await claimHead({
      session,
      heads: this.#heads(target),
      target,
      key,
      owner,
      role: this.#server.facts.role,
      lockMs: parseDurationMs(this.#config.lock_timeout),
      log: (level, text) => this.#context.log(level, text),
    });
    return this.#look(session, place, target, own);
  }

  async prepare(target: Target, schema: Schema, expected: number): Promise<void> {
    this.#prepared.delete(target.key);
    const session = await this.#session(target.key, expected);
    const table = await this.#table(session, target.table);
    const { role, version } = this.#server.facts;
    const heads = this.#heads(table);
    const replaceBy = this.#config.replace_by;
    const options = { session, heads, table, target, schema, expected, role, version, replaceBy };
    this.#prepared.set(target.key, await prepareTarget(options));
  }

  async openWriter(target: Target, _schema: Schema, expected: number): Promise<Writer> {
    const prepared = this.#preparedFor(target);
    const heads = this.#heads(prepared.table);
    const session = await this.#connect(sessionName(target.key, expected));
    try {
      await requireVersion(session, heads, { key: target.key, expected });
    } catch (error) {
      await this.#release(session);
      throw error;
    }
    return new PostgresWriter({ session, heads, prepared, expected, release: () => this.#release(session) });
  }

  async commit(target: Target, tickets: readonly Json[], commit: Commit): Promise<Merged | undefined> {
    if (tickets.length > 0)
      throw new DatacookError('INTERNAL', 'The postgres destination gives no tickets; it was handed some.', {
        hint: 'This is a defect: report it.',
      });
    const session = await this.#session(target.key, commit.expected);
    const heads = this.#heads(await this.#table(session, target.table));
    const publishes = commit.publish && target.mode !== 'append';
    const prepared = publishes ? this.#preparedFor(target) : undefined;
    return commitWithoutRows(session, heads, prepared, target.key, commit);
  }

  readonly digest: Digest = (name, fields, keys, bucket) => this.#digest(name, fields, keys, bucket);

  async check(): Promise<void> {
    const session = await this.#connect(APPLICATION_NAME);
    await this.#release(session);
    if (!this.#server.facts.isStandby) return;
    throw new DatacookError('CONFIG', 'This server is a standby: it only reads.', {
      hint: 'Connect to the primary.',
    });
  }

  async close(): Promise<void> {
    this.#main = undefined;
    await Promise.all([...this.#sessions].map((session) => this.#release(session)));
    this.#closing.abort();
  }

  /** The session for short work, under the name that `claim` of another run looks for. */
  async #session(key: string, label: SessionLabel): Promise<Session> {
    const name = sessionName(key, label);
    const main = this.#main;
    if (main !== undefined && !main.session.isClosed) {
      if (main.name !== name)
        await main.session.run(`set application_name = ${quoteLiteral(name)}`, { action: `work on ${key}` });
      this.#main = { session: main.session, name };
      return main.session;
    }
    if (main !== undefined) await this.#release(main.session);
    const session = await this.#connect(name);
    this.#main = { session, name };
    return session;
  }

  async #connect(name: string): Promise<Session> {
    const session = await this.#server.connect(name);
    this.#sessions.add(session);
    return session;
  }

  async #release(session: Session): Promise<void> {
    this.#sessions.delete(session);
    await session.close();
  }

  /** The table that a recipe names; the same one as long as the destination is open. */
  async #table(session: Session, text: string): Promise<TableName> {
    const known = this.#tables.get(text) ?? (await resolveTarget(session, text));
    this.#tables.set(text, known);
    return known;
  }

  #heads({ schema }: TableName): TableName {
    return headsTable(this.#config.internal_schema ?? schema);
  }

  /** The head, as it is or as it was claimed, with the table and other heads of one moment. */
  async #look(session: Session, place: Place, target: TableName, own?: HeadRow): Promise<Head> {
    const { key } = place;
    return readTransaction(session, `look at the head of ${key}`, async () => {
      const heads = await readHeads(session, this.#heads(target), key, target);
      return toHead(own ?? heads.own, heads, await findTarget(session, target));
    });
  }

  async *#digest(
    text: string,
    fields: readonly Field[],
    keys: readonly string[],
    bucket: string | undefined,
  ): AsyncGenerator<DigestEntry> {
    const session = await this.#connect(APPLICATION_NAME);
    try {
      await beginReading(session, `compare ${text}`);
      const name = await this.#table(session, text);
      const table = await findTarget(session, name);
      if (table === undefined)
        throw new DatacookError('NOT_FOUND', `There is no table ${name.sql}.`, {
          hint: 'Load it first, or check its name.',
        });
      const parts = {
        session,
        name: name.sql,
        from: `${name.sql} as t`,
        conditions: [],
        columns: table.columns,
      };
      yield* postgresDigest(parts, fields, keys, bucket);
    } finally {
      await this.#release(session);
    }
  }

  #preparedFor(target: Target): Prepared {
    const found = this.#prepared.get(target.key);
    const { load, table, mode } = found?.target ?? {};
    if (found !== undefined && load === target.load && table === target.table && mode === target.mode)
      return found;
    throw new DatacookError('INTERNAL', `The target ${target.table} was not prepared for this load.`, {
      hint: 'Nothing was written. This is a defect: report it.',
    });
  }
}
