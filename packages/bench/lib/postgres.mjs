import { startPostgres } from '@datacook/testkit';
import pg from 'pg';

/** Nothing is taken back from durability: what the server's own defaults are. */
const SETTINGS = { fsync: 'on', synchronous_commit: 'on', full_page_writes: 'on' };

/**
 * Hands `action` the URL of a database of its own and a client on it. The server is the one at `url` or else started
 * here; the database goes when the action is done.
 */
export async function withPostgres(url, action) {
  const server = url ? undefined : await startPostgres({ settings: SETTINGS });
  try {
    await inNewDatabase(url ?? server.url, action);
  } finally {
    await server?.stop();
  }
}

async function inNewDatabase(url, action) {
  const name = `datacook_bench_${process.pid}`;
  const admin = await connect(url);
  try {
    await admin.query(`create database ${name} encoding 'UTF8' template template0`);
    const own = new URL(url);
    own.pathname = name;
    const client = await connect(own.href);
    try {
      await action(own.href, client);
    } finally {
      await client.end();
      await admin.query(`drop database ${name} with (force)`);
    }
  } finally {
    await admin.end();
  }
}

async function connect(connectionString) {
  const client = new pg.Client({ connectionString });
  await client.connect();
  return client;
}
