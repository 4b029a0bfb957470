import type { Json } from '@datacook/core';

/** What a state file holds. */
export interface StateRecord {
  readonly key: string;
  /** Never given twice, not even after the key was deleted. */
  readonly revision: string;
  /** ISO 8601, UTC. */
  readonly savedAt: string;
  readonly value: Json;
}

const VERSION = 1;

/** Why a state file can't be used: `torn` (not JSON), `foreign` (not ours, or another key's), `newer` (a later format). */
export interface Unreadable {
  readonly kind: 'torn' | 'foreign' | 'newer';
  readonly reason: string;
}

/** Whether a file was no record. */
export function isUnreadable(record: StateRecord | Unreadable): record is Unreadable {
  return 'kind' in record;
}

/** The text of a state file; `valueText` is the value's JSON. */
export function recordToText(record: Omit<StateRecord, 'value'>, valueText: string): string {
  const head = JSON.stringify({
    version: VERSION,
    key: record.key,
    revision: record.revision,
    saved_at: record.savedAt,
  });
  return `${head.slice(0, -1)},"value":${valueText}}\n`;
}

/** Reads a state file's text. */
export function textToRecord(text: string): StateRecord | Unreadable {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (error) {
    const reason = text.trim() === '' ? 'it is empty' : (error as Error).message;
    return { kind: 'torn', reason: reason };
  }
  if (typeof content !== 'object' || content === null || Array.isArray(content)) {
    return { kind: 'foreign', reason: 'it is not a JSON object' };
  }
  const {
    version,
    key,
    revision,
    saved_at: savedAt,
    value,
  } = content as { readonly [name: string]: unknown };
  if (typeof version === 'number' && version > VERSION) {
    return { kind: 'newer', reason: `its format is version ${version}, and this datacook knows ${VERSION}` };
  }
  if (version !== VERSION) return { kind: 'foreign', reason: `it has no "version": ${VERSION}` };
  if (typeof key !== 'string') return { kind: 'foreign', reason: 'it names no key' };
  if (typeof revision !== 'string' || typeof savedAt !== 'string' || value === undefined) {
    return { kind: 'foreign', reason: 'revision, saved_at or value is missing' };
  }
  return { key, revision, savedAt, value: value as Json };
}
