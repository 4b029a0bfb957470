import { createDatabase, type TestDatabase } from './postgres-database.js';

/** Names the server that all tests of a run share: a URL of its database `postgres`, as superuser, with the password. */
export const SHARED_POSTGRES_VARIABLE = 'DATACOOK_TEST_POSTGRES';

/** A server that many tests use at the same time: each in a database of its own. */
export interface SharedPostgres {
  /** Of the database `postgres`, as superuser, password included. */
  readonly url: string;
  /** Makes an empty database. */
  database(): Promise<TestDatabase>;
}

/**
 * The server that all tests of a run share, named by the environment variable `DATACOOK_TEST_POSTGRES`.
 *
 * @throws Error if the variable isn't set.
 */
export function sharedPostgres(): SharedPostgres {
  const url = process.env[SHARED_POSTGRES_VARIABLE];
  if (url === undefined || url === '') {
    throw new Error(
      `${SHARED_POSTGRES_VARIABLE} is not set: the run's globalSetup starts the server for the projects that are said to need one`,
    );
  }
  return { url, database: () => createDatabase(url) };
}
