// Boundaries at the driver of Postgres: each statement, and the ends of sessions.
import { patchBoundaries } from '@datacook/testkit';
import pg from 'pg';

export function patchPostgres(onBoundary) {
  patchBoundaries(pg.Client.prototype, ['connect', 'end'], 'pg', onBoundary);
  patchBoundaries(pg.Client.prototype, ['query'], (_method, [query]) => labelOf(query), onBoundary);
}

// The same statement has the same label in each run.
function labelOf(query) {
  const text = typeof query === 'string' ? query : (query?.text ?? query?.constructor?.name ?? 'query');
  return `pg ${text
    .replace(/\s+/g, ' ')
    .replace(/'(?:[^']|'')*'/g, "'…'")
    .replace(/\b\d+\b/g, '0')
    .trim()
    .slice(0, 90)}`;
}
