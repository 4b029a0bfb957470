import { DatacookError, type Json, type StateBackend, type Versioned } from '@datacook/core';

/** What a backend may do wrong. */
export const FAULTS = [
  'overwrites',
  'creates over what is there',
  'decides late',
  'deletes anything',
  'gives versions again',
  'lists by patterns',
  'lists all',
  'drops NUL',
  'saves what is no JSON',
  'hands out torn values',
  'replaces what is newer',
  'sees only its own rows',
] as const;
export type Fault = (typeof FAULTS)[number];

/** A row in memory. */
export interface Row {
  readonly text: string;
  readonly version: string;
  readonly format: number;
}

/** Rows that backends share. */
export interface Memory {
  readonly rows: Map<string, Row>;
  versions: number;
}

/** State in memory, kept well but for a fault. Each method decides and acts without waiting in between. */
export class MemoryBackend implements StateBackend {
  readonly #memory: Memory;
  readonly #fault: Fault | undefined;

  constructor(memory: Memory, fault: Fault | undefined) {
    this.#memory = fault === 'sees only its own rows' ? { rows: new Map(), versions: 0 } : memory;
    this.#fault = fault;
  }

  async load(key: string): Promise<Versioned | undefined> {
    return this.#read(key);
  }

  async save(key: string, value: Json, expected: string | undefined): Promise<string> {
    if (this.#fault !== 'saves what is no JSON') assertJson(value, 'value');
    const name = this.#name(key);
    const { rows } = this.#memory;
    const isFree =
      this.#fault === 'overwrites' ||
      (this.#fault === 'creates over what is there' && expected === undefined) ||
      (this.#fault === 'replaces what is newer' && (rows.get(name)?.format ?? 1) > 1);
    if (!isFree) this.#expect(key, expected);
    if (this.#fault === 'decides late') await Promise.resolve();
    this.#memory.versions += 1;
    const next = this.#fault === 'gives versions again' ? Number(expected ?? 0) + 1 : this.#memory.versions;
    rows.set(name, { text: JSON.stringify(value), version: String(next), format: 1 });
    return String(next);
  }

  async delete(key: string, expected: string): Promise<void> {
    if (this.#fault !== 'deletes anything') this.#expect(key, expected);
    this.#memory.rows.delete(this.#name(key));
  }

  async *list(prefix: string): AsyncIterable<string> {
    const escaped = prefix
      .replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
      .replaceAll('%', '.*')
      .replaceAll('_', '.');
    const pattern = new RegExp(`^${escaped}`, 's');
    for (const key of this.#memory.rows.keys()) {
      const isMeant = this.#fault === 'lists by patterns' ? pattern.test(key) : key.startsWith(prefix);
      if (isMeant || this.#fault === 'lists all') yield key;
    }
  }

  #name(key: string): string {
    return this.#fault === 'drops NUL' ? key.replaceAll('\0', '') : key;
  }

  #read(key: string): Versioned | undefined {
    const row = this.#memory.rows.get(this.#name(key));
    if (row === undefined) return undefined;
    if (row.format > 1) throw new DatacookError('DATA', `${key} is newer`, { hint: 'Upgrade datacook.' });
    try {
      return { value: JSON.parse(row.text) as Json, version: row.version };
    } catch (cause) {
      if (this.#fault === 'hands out torn values') return { value: row.text, version: row.version };
      throw new DatacookError('DATA', `${key} is torn`, { hint: 'Nothing was touched.', cause });
    }
  }

  #expect(key: string, expected: string | undefined): void {
    const found = this.#read(key)?.version;
    if (found === expected) return;
    throw new DatacookError('CONFLICT', `${key} is at ${found}, not ${expected}`, {
      details: { expected: expected ?? null, found: found ?? null },
    });
  }
}

function assertJson(value: unknown, path: string): void {
  const isContainer = Array.isArray(value) || Object.prototype.toString.call(value) === '[object Object]';
  if (isContainer) {
    for (const [name, item] of Object.entries(value as object)) {
      assertJson(item, Array.isArray(value) ? `${path}[${name}]` : `${path}.${name}`);
    }
    return;
  }
  const isPlain = value === null || typeof value === 'string' || typeof value === 'boolean';
  if (isPlain || Number.isFinite(value)) return;
  throw new DatacookError('INTERNAL', `${path} is not JSON`);
}
