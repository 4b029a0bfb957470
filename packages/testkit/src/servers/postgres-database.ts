import { randomBytes } from 'node:crypto';
import { Client } from 'pg';

/** A database that one test has for itself. */
export interface TestDatabase {
  /** Password included. */
  readonly url: string;
  readonly name: string;
  /** Drops it, also while others are connected. */
  drop(): Promise<void>;
}

/** Makes an empty database on a server. */
export async function createDatabase(serverUrl: string): Promise<TestDatabase> {
  const name = `test_${randomBytes(8).toString('hex')}`;
  await run(serverUrl, `CREATE DATABASE ${name}`);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    name,
    drop: () => run(serverUrl, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
  };
}

async function run(url: string, sql: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
