import {
  type Batch,
  type Commit,
  DatacookError,
  type Definition,
  type Destination,
  defineDestination,
  type Head,
  type Json,
  type Schema,
  type Target,
  type Writer,
} from '@datacook/core';
import { rowsOf } from '@datacook/toolkit';

export type Row = Record<string, unknown>;

interface Table {
  schema: Schema;
  rows: Row[];
}

interface StoredHead {
  version: number;
  state?: Json;
  table: string;
}

/** Called before an effect; throws to make it fail. `lose` makes the effect happen and its answer get lost. */
export type Fault = (effect: string) => 'lose' | undefined;

/**
 * A destination that outlives its instances, as a server would. It refuses what real ones refuse: a commit or a
 * prepare at another version, writing to columns that weren't prepared, preparing while a writer is open.
 */
export class MemoryStore {
  /** What was prepared, in order. */
  readonly targets: Target[] = [];
  readonly tables = new Map<string, Table>();
  readonly staging = new Map<string, Table>();
  readonly heads = new Map<string, StoredHead>();
  readonly effects: string[] = [];
  maxOpenWriters = 0;
  fault: Fault = () => undefined;
  closing: () => void = () => undefined;
  /** An effect that never comes to an end. */
  stuck: string | undefined;

  rows(table: string): Row[] {
    return this.tables.get(table)?.rows ?? [];
  }

  head(): StoredHead {
    return [...this.heads.values()][0]!;
  }

  definition(declared: Partial<Definition<'destination'>> = {}): Definition<'destination'> {
    const definition = defineDestination<object>({
      type: 'memory',
      config: { parse: (value) => value as object },
      identity: () => ({ store: 'memory' }),
      modes: { append: 'exactly_once', merge: 'exactly_once', replace: 'exactly_once' },
      open: () => new MemoryDestination(this),
    });
    return { ...definition, ...declared };
  }

  effect(name: string, action: () => void): void {
    const outcome = this.fault(name);
    this.effects.push(name);
    action();
    if (outcome === 'lose')
      throw new DatacookError('CONNECTION', `${name}: the answer was lost`, { retry: true });
  }
}

class MemoryDestination implements Destination {
  readonly #store: MemoryStore;
  openWriters = 0;

  constructor(store: MemoryStore) {
    this.#store = store;
  }

  async peek({ key, table }: { key: string; table: string }): Promise<Head> {
    const head = this.#store.heads.get(key);
    const found = this.#store.tables.get(table);
    return {
      version: head?.version ?? 0,
      ...(head?.state === undefined ? {} : { state: head.state }),
      ...(found ? { table: found.schema } : {}),
      others: [...this.#store.heads]
        .filter(([other, { table: theirs }]) => other !== key && theirs === table)
        .map(([other, { state }]) => ({ key: other, ...(state === undefined ? {} : { state }) })),
    };
  }

  async claim(place: { key: string; table: string }): Promise<Head> {
    this.#store.effect('claim', () => {
      const head = this.#store.heads.get(place.key);
      this.#store.heads.set(place.key, {
        version: (head?.version ?? 0) + 1,
        table: place.table,
        ...(head?.state === undefined ? {} : { state: head.state }),
      });
    });
    return this.peek(place);
  }

  async prepare(target: Target, schema: Schema, expected: number): Promise<void> {
    this.#store.targets.push(target);
    if (this.openWriters > 0) throw new Error('prepare with a writer open');
    this.#store.effect('prepare', () => {
      this.checkVersion(target.key, expected);
      const isStaged = target.mode !== 'append';
      const place = isStaged ? this.#store.staging : this.#store.tables;
      const name = isStaged ? `${target.key}|${target.load}` : target.table;
      for (const staged of this.#store.staging.keys()) {
        if (staged.startsWith(`${target.key}|`) && staged !== name) this.#store.staging.delete(staged);
      }
      const known = place.get(name);
      if (target.staged && !known) throw new DatacookError('DATA', 'the staged rows are gone');
      place.set(name, { schema, rows: known?.rows ?? [] });
    });
  }

  async openWriter(target: Target, _schema: Schema, expected: number): Promise<Writer> {
    this.#store.effect('openWriter', () => this.checkVersion(target.key, expected));
    this.openWriters += 1;
    this.#store.maxOpenWriters = Math.max(this.#store.maxOpenWriters, this.openWriters);
    return new MemoryWriter(this.#store, this, target);
  }

  async commit(target: Target, _tickets: readonly Json[], commit: Commit): Promise<undefined> {
    this.#store.effect('commit', () => this.apply(target, [], commit));
  }

  checkVersion(key: string, expected: number): void {
    const version = this.#store.heads.get(key)?.version;
    if (version !== expected) {
      throw new DatacookError('CONFLICT', `the head of ${key} is at ${version}, expected ${expected}`);
    }
  }

  apply(target: Target, rows: readonly Row[], commit: Commit): void {
    this.checkVersion(target.key, commit.expected);
    const isStaged = target.mode !== 'append';
    const name = isStaged ? `${target.key}|${target.load}` : target.table;
    const place = isStaged ? this.#store.staging : this.#store.tables;
    const table = place.get(name);
    if (!table && (rows.length > 0 || commit.publish)) throw new Error(`${name} was not prepared`);
    table?.rows.push(...rows);
    if (commit.publish && table) {
      if (target.mode === 'replace') this.#store.tables.set(target.table, table);
      else this.merge(target, table);
      this.#store.staging.delete(name);
    }
    this.#store.heads.set(target.key, {
      version: commit.expected + 1,
      state: JSON.parse(JSON.stringify(commit.state)) as Json,
      table: target.table,
    });
  }

  merge(target: Target, staged: Table): void {
    const table = this.#store.tables.get(target.table) ?? { schema: staged.schema, rows: [] };
    const keyOf = (row: Row) => JSON.stringify(target.mergeKeys.map((key) => String(row[key])));
    const merged = new Map(table.rows.map((row) => [keyOf(row), row]));
    const { mergeOrder } = target;
    for (const row of staged.rows) {
      const known = merged.get(keyOf(row));
      const isOlder =
        mergeOrder !== undefined && known && Number(row[mergeOrder]) < Number(known[mergeOrder]);
      if (!isOlder) merged.set(keyOf(row), row);
    }
    this.#store.tables.set(target.table, { schema: staged.schema, rows: [...merged.values()] });
  }

  async close(): Promise<void> {
    this.#store.closing();
  }
}

class MemoryWriter implements Writer {
  readonly #store: MemoryStore;
  readonly #destination: MemoryDestination;
  readonly #target: Target;
  readonly #rows: Row[] = [];
  #isOpen = true;

  constructor(store: MemoryStore, destination: MemoryDestination, target: Target) {
    this.#store = store;
    this.#destination = destination;
    this.#target = target;
  }

  async write(batch: Batch): Promise<void> {
    this.#store.effect('write', () => this.#rows.push(...rowsOf(batch)));
  }

  async commit(commit: Commit): Promise<undefined> {
    if (this.#store.stuck === 'commit') await new Promise(() => undefined);
    this.#store.effect('commit', () => this.#destination.apply(this.#target, this.#rows, commit));
  }

  async close(): Promise<void> {
    if (this.#isOpen) this.#destination.openWriters -= 1;
    this.#isOpen = false;
  }
}
