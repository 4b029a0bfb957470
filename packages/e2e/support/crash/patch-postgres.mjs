// Boundaries at the driver of Postgres: each statement, and the ends of sessions.
import { patchBoundaries } from '@datacook/testkit';
import pg from 'pg';

/** The names of sessions that the destination opens. */
const DESTINATION = /^dc:/;
/** Those of a state in a database, whose contract has boundaries already. */
const STATE = /^datacook state$/;
/** What a destination's session does without changing anything. */
const ONLY_READS = /^\s*(select|with|show|set|begin isolation level repeatable read read only)\b/i;
const CHANGES_ALL_THE_SAME = /pg_terminate_backend|for update/;

/** `fault`: what is planted in the destination, see `TARGET_FAULTS`. */
export function patchPostgres(onBoundary, fault) {
  const ends = (method, _parameters, client) =>
    STATE.test(nameOf(client)) ? undefined : isDestination(client) ? `pg target ${method}` : `pg.${method}`;
  patchBoundaries(pg.Client.prototype, ['connect', 'end'], ends, onBoundary);
  patchBoundaries(
    pg.Client.prototype,
    ['query'],
    (_method, [query], client) =>
      STATE.test(nameOf(client)) ? undefined : labelOf(query, isDestination(client)),
    onBoundary,
  );
  if (fault !== undefined) plant(fault);
}

function plant({ before, instead = (sql) => sql }) {
  const { query } = pg.Client.prototype;
  pg.Client.prototype.query = function faulty(first, ...others) {
    const text = first?.text;
    if (text === undefined || !isDestination(this)) return query.call(this, first, ...others);
    const changed = { ...first, text: instead(text) };
    if (before === undefined) return query.call(this, changed, ...others);
    const run = (sql) => query.call(this, sql);
    return before(text, run).then(() => query.call(this, changed, ...others));
  };
}

function nameOf(client) {
  return client.connectionParameters.application_name ?? '';
}

function isDestination(client) {
  return DESTINATION.test(nameOf(client));
}

// The same statement has the same label in each run.
function labelOf(query, isTarget) {
  const text = typeof query === 'string' ? query : (query?.text ?? query?.constructor?.name ?? 'query');
  if (isTarget && ONLY_READS.test(text) && !CHANGES_ALL_THE_SAME.test(text)) return undefined;
  return `pg ${isTarget ? 'target ' : ''}${text
    .replace(/\s+/g, ' ')
    .replace(/'(?:[^']|'')*'/g, "'…'")
    .replace(/_staging_[0-9a-f]+_[0-9a-f]+/g, '_staging_…')
    .replace(/\b\d+\b/g, '0')
    .trim()
    .slice(0, 90)}`;
}
