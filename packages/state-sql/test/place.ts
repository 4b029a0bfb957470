import { type SharedPostgres, type StatePlace, sharedPostgres, type TestDatabase } from '@datacook/testkit';
import { Client } from 'pg';
import { onTestFinished } from 'vitest';
import { SqlStateBackend } from '../src/sql-state-backend.js';
import { keyToStored } from '../src/stored-key.js';

/** An empty database that lives as long as the test. */
export async function temporaryDatabase(
  server: Pick<SharedPostgres, 'database'> = sharedPostgres(),
): Promise<TestDatabase> {
  const database = await server.database();
  onTestFinished(() => database.drop());
  return database;
}

/** Runs SQL by the driver alone. */
export async function query(
  url: string,
  sql: string,
  values: unknown[] = [],
): Promise<{ [column: string]: unknown }[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql, values)).rows;
  } finally {
    await client.end();
  }
}

/** A place of state in a database of its own. */
export async function temporaryPlace(): Promise<StatePlace> {
  const { url } = await temporaryDatabase();
  return {
    open: () => new SqlStateBackend(url),
    async contents() {
      const [found] = await query(url, "select to_regclass('_datacook_state') is not null as found");
      return found?.['found'] === true ? query(url, 'select * from _datacook_state order by key') : undefined;
    },
    async spoil(key, how) {
      const change = how === 'torn' ? 'value = left(value, -1)' : 'format = 2';
      await query(url, `update _datacook_state set ${change} where key = $1`, [keyToStored(key)]);
    },
  };
}
