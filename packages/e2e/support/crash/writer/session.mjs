// A session of a writer.
import pg from 'pg';

/** Opens a session. Whoever waits for a lock has met a defect of the writers: then it fails. */
export async function openSession(url) {
  const client = new pg.Client({ connectionString: url, application_name: 'crash writer' });
  await client.connect();
  await client.query("SET lock_timeout = '10s'; SET timezone = 'UTC'");
  return {
    /** Runs a statement; returns its rows, each as a list. */
    async ask(sql, values = []) {
      const { rows } = await client.query({ text: sql, values, rowMode: 'array' });
      return rows;
    },
    async one(sql, values) {
      return (await this.ask(sql, values))[0]?.[0];
    },
    /** The number of the next step. It stands in the database, and is laid out again with it. */
    async nextStep() {
      return Number(await this.one('UPDATE writer.progress SET steps = steps + 1 RETURNING steps'));
    },
  };
}
