import type { WriteMode } from '@datacook/core';

/** The systems that scenes load into. */
export type TargetSystem = 'duckdb' | 'postgres';

/** A table, and for each system the SQL expression that makes of a row one text: the same text in all. */
export interface TargetTable {
  readonly name: string;
  readonly row: Readonly<Record<TargetSystem, string>>;
}

/** What lies in the target, read by the system's own SQL. */
export interface Contents {
  /** Each row of the table as text; undefined: there is no table. */
  readonly rows: readonly string[] | undefined;
  readonly heads: readonly { readonly version: number; readonly state: HeadStateLike | null }[];
  /** All tables but the target and the heads. */
  readonly others: readonly string[];
}

/** What the tests look at in a head's state. */
export interface HeadStateLike {
  readonly load: {
    readonly id: string;
    readonly done: boolean;
    readonly mode: string;
    readonly rows: { readonly written: number };
  };
}

/** Where the children of one folder load to. */
export interface TargetPlace {
  /** What recipes say under `destination`, as a flow mapping. */
  recipe(mode: WriteMode, mergeKeys?: readonly string[]): string;
  /** What recipes say under `state` for a state that lies beside the target, where that can be. */
  readonly stateBeside?: string;
  /** Reads what is there; nobody works on it. */
  read(): Promise<Contents>;
  /** The same for what a killed process has left; recovers nothing beforehand. */
  readCrashed(): Promise<Contents>;
  /** Keeps what is outside the folder under a name. */
  putAside(name: string): Promise<void>;
  /** Makes what is outside the folder what was kept under a name. */
  layOut(name: string): Promise<void>;
  /** Waits until nothing is left of a process that was killed. */
  waitForTheDead(): Promise<void>;
  close(): Promise<void>;
}

/** The table of heads, whatever the system. */
export const HEADS = '_datacook_heads';

/** Rows of the table of heads, each as a JSON text of version and state. */
export function parseHeads(texts: readonly string[]): Contents['heads'] {
  return texts.map((text) => {
    const { version, state } = JSON.parse(text) as { version: number; state: string | null };
    return { version, state: state === null ? null : (JSON.parse(state) as HeadStateLike) };
  });
}

/** The recipe's destination: the type's own options, then those that all have. */
export function destinationText(options: string, mode: WriteMode, mergeKeys: readonly string[] = []): string {
  const keys = mergeKeys.length === 0 ? '' : `, merge_keys: [${mergeKeys.join(', ')}]`;
  return `{ ${options}, write_mode: ${mode}${keys} }`;
}

/** The state in a folder, as recipes say it. */
export const LOCAL_STATE = '{ type: local, path: state }';
