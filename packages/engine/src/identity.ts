import { DatacookError, type Json, type JsonObject, type ResolvedRecipe } from '@datacook/core';
import type { OpenedPlugins } from './plugins.js';

/** What is read and written. Never a host, a port or a credential. */
export interface Identity {
  readonly source: Json;
  readonly stream: string;
  readonly destination: Json;
  readonly table: string;
  /** Null: they are the source's primary key, which is not known before the source is asked. */
  readonly merge_keys: readonly string[] | null;
  readonly cursor: Json;
}

/** The identity of a recipe's stream. */
export function identityOf(recipe: ResolvedRecipe, plugins: OpenedPlugins): Identity {
  const { source, destination } = recipe;
  return {
    source: { type: source.type, identity: plugins.sourceIdentity },
    stream: source.stream,
    destination: { type: destination.type, identity: plugins.destinationIdentity },
    table: destination.table,
    merge_keys: destination.writeMode === 'merge' ? (destination.mergeKeys ?? null) : [],
    cursor: cursorOf(source.incremental),
  };
}

// How the window moves is identity; how long a file must rest, or how far a clock lags, is not.
function cursorOf(incremental: Json | undefined): Json {
  if (typeof incremental !== 'object' || incremental === null) return null;
  const { strategy = null, cursor_column = null } = incremental as JsonObject;
  return { strategy, cursor_column };
}

/** Throws, with the choices, if a recipe now reads or writes something else than the head speaks of. */
export function checkIdentity(head: Identity, now: Identity, key: string): void {
  const changed = (Object.keys(now) as (keyof Identity)[]).filter(
    (part) =>
      canonical(head[part]) !== canonical(now[part]) &&
      // Not known yet: before the source is asked; since the state was reset or set.
      !(part === 'merge_keys' && (now.merge_keys === null || head.merge_keys === null)),
  );
  if (changed.length === 0) return;
  const list = changed
    .map((part) => `${part} was ${canonical(head[part])} and is ${canonical(now[part])}`)
    .join('; ');
  throw new DatacookError('CONFLICT', `${key} reads or writes something else than before: ${list}`, {
    hint:
      'undo the change; or load everything anew with --full-refresh, which replaces the table; or say that it is ' +
      'meant, and where to go on: state set, state reset; or let both stand ' +
      'side by side: another name or state.key (in an overlay, too) makes it a load of its own',
    details: { changed },
  });
}

/** JSON with the keys in order, so that equal values have equal text. Integers of any size. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) => {
    if (typeof part === 'bigint') return `${part}n`;
    if (typeof part !== 'object' || part === null || Array.isArray(part)) return part;
    return Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
  });
}
