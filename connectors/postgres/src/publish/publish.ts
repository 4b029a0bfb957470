import type { Merged } from '@datacook/core';
import type { Session } from '../connection/session.js';
import type { Prepared } from '../write/prepared.js';
import { mergeStaged } from './merge.js';
import { replaceByStaged } from './replace.js';

/**
 * The load is complete: what it has staged becomes the table, and staging is dropped, all within the session's open
 * transaction (READ COMMITTED). An append has nothing to publish.
 *
 * @throws DATA if the staged rows are gone, SCHEMA or UNSUPPORTED if the table can't take them. Nothing is left to do
 * with the transaction then but to roll it back.
 */
export async function publish(session: Session, prepared: Prepared): Promise<Merged | undefined> {
  switch (prepared.target.mode) {
    case 'append':
      return undefined;
    case 'merge':
      return mergeStaged(session, prepared);
    case 'replace':
      await replaceByStaged(session, prepared);
      return undefined;
  }
}
