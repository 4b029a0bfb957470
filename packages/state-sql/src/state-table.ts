import { DatacookError } from '@datacook/core';

/** A row, as it lies in the table. */
export interface StoredRecord {
  readonly version: string;
  /** JSON, if nobody has spoiled it. */
  readonly value: string | null;
  readonly format: number | null;
}

/** The table of one kind of database. Each call is one transaction. All throw `LostConnection`. */
export interface StateTable {
  /** For messages: the table and the database. */
  readonly place: string;
  /** Undefined also where there is no table. */
  read(key: string): Promise<StoredRecord | undefined>;
  /** Whether it was inserted; not if there is such a key. Makes the table if need be. Durable when it returns. */
  insert(key: string, value: string, version: string): Promise<boolean>;
  /** Whether the row was at version `expected`. Durable when it returns. */
  update(key: string, value: string, version: string, expected: string): Promise<boolean>;
  /** Whether the row was at version `expected`. Durable when it returns. */
  remove(key: string, expected: string): Promise<boolean>;
  /** All keys whose stored form begins with a text. */
  keys(prefix: string): Promise<readonly string[]>;
}

/** CONNECTION, to be retried: the connection was lost when a statement had been sent. Whether it took effect is open. */
export class LostConnection extends DatacookError {
  constructor(message: string, options: { readonly hint: string; readonly cause: unknown }) {
    super('CONNECTION', message, { ...options, retry: true });
  }
}
