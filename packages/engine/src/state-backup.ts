import { DatacookError, type Json, type JsonObject, type StateBackend } from '@datacook/core';
import { type HeadState, parseHeadState } from './head-state.js';

/** The key of what a head's state was before somebody changed it. `id` is that change's. */
function backupKey(headKey: string, id: string): string {
  return `backups/${headKey}/${id}`;
}

/** Keeps a state that is about to be changed on purpose. */
export async function saveBackup(
  backend: StateBackend,
  headKey: string,
  id: string,
  state: HeadState,
): Promise<void> {
  const value = { version: 1, taken_at: new Date().toISOString(), state: state as unknown as Json };
  await backend.save(backupKey(headKey, id), value, undefined);
}

/** Reads a state that was kept. Throws CONFIG if there is none of that name, naming those there are. */
export async function readBackup(backend: StateBackend, headKey: string, id: string): Promise<HeadState> {
  const key = backupKey(headKey, id);
  const found = await backend.load(key);
  const state = found && parseHeadState((found.value as JsonObject).state, `${key} in the state backend`);
  if (state) return state;
  const others: string[] = [];
  const prefix = backupKey(headKey, '');
  for await (const other of backend.list(prefix)) others.push(other.slice(prefix.length));
  throw new DatacookError('NOT_FOUND', `there is no backup ${id} of ${headKey}`, {
    hint:
      others.length === 0
        ? 'there is none: a backup is kept where a state is reset or set'
        : `there are ${others.sort().reverse().slice(0, 10).join(', ')}`,
  });
}
