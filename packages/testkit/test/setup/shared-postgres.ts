import { startPostgres } from '../../src/servers/postgres.js';
import { SHARED_POSTGRES_VARIABLE } from '../../src/servers/shared-postgres.js';

/** It needs no durability: it lives as long as the run. Nothing happens in it by itself. */
const SETTINGS = { fsync: 'off', full_page_writes: 'off', autovacuum: 'off' };

/**
 * Vitest's globalSetup: starts the server that the tests of a run share, unless the environment names one. Each
 * project that needs one calls this, one after another; the first starts it. It ends with the run's process.
 */
export default async function setup(): Promise<void> {
  if (process.env[SHARED_POSTGRES_VARIABLE]) return;
  const { url } = await startPostgres({ settings: SETTINGS });
  process.env[SHARED_POSTGRES_VARIABLE] = url;
}
