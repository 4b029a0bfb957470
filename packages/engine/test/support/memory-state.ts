import { DatacookError, type Json, type StateBackend, type Versioned } from '@datacook/core';

/** A state backend that outlives its users, as a server would. */
export class MemoryState implements StateBackend {
  readonly records = new Map<string, { value: Json; version: number }>();
  #versions = 0;
  /** Called before each save; throws to make it fail. */
  fault: (key: string) => void = () => undefined;
  /** Whether the answer to a save gets lost. */
  lose: (key: string) => boolean = () => false;

  async load(key: string): Promise<Versioned | undefined> {
    const found = this.records.get(key);
    return found && { value: found.value, version: String(found.version) };
  }

  async save(key: string, value: Json, expected: string | undefined): Promise<string> {
    this.fault(key);
    this.#check(key, expected);
    this.#versions += 1;
    this.records.set(key, { value: JSON.parse(JSON.stringify(value)) as Json, version: this.#versions });
    if (this.lose(key)) throw new DatacookError('CONNECTION', 'the answer was lost', { retry: true });
    return String(this.#versions);
  }

  async delete(key: string, expected: string): Promise<void> {
    this.#check(key, expected);
    this.records.delete(key);
  }

  async *list(prefix: string): AsyncIterable<string> {
    for (const key of this.records.keys()) if (key.startsWith(prefix)) yield key;
  }

  #check(key: string, expected: string | undefined): void {
    const found = this.records.get(key);
    if ((found && String(found.version)) !== expected)
      throw new DatacookError('CONFLICT', `${key} has changed`);
  }
}
