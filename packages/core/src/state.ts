import type { Json } from './json.js';

/** A value with the version it was read at. */
export interface Versioned {
  readonly value: Json;
  readonly version: string;
}

/**
 * Keeps mirrored heads and leases. Leases are records that the engine keeps through `save`. Keys are texts of any
 * characters; a backend encodes what its system can't name.
 */
export interface StateBackend {
  /** Undefined: there is no such key. Throws DATA, naming where it lies, if the record is torn; nothing is touched. */
  load(key: string): Promise<Versioned | undefined>;
  /**
   * Saves and returns the new version, if the record is at version `expected` (undefined: must not exist). Throws
   * CONFLICT otherwise, and nothing has changed. Durable when it returns.
   */
  save(key: string, value: Json, expected: string | undefined): Promise<string>;
  /** Deletes the record if it is at version `expected`. Throws CONFLICT otherwise. */
  delete(key: string, expected: string): Promise<void>;
  /** The keys that begin with `prefix`, in no order. */
  list(prefix: string): AsyncIterable<string>;
}
