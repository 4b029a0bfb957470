// Runs SQL in the Postgres that DATACOOK_CONN_SHOP names: `node sql.mjs changes.sql`, or `node sql.mjs "select 1"`.
import { existsSync, readFileSync } from 'node:fs';
import pg from 'pg';

const [given] = process.argv.slice(2);
const url = process.env.DATACOOK_CONN_SHOP;
if (!given || !url) {
  console.error('usage: DATACOOK_CONN_SHOP=postgres://… node sql.mjs FILE|SQL');
  process.exit(2);
}

const client = new pg.Client({ connectionString: url });
try {
  await client.connect();
  const results = [await client.query(existsSync(given) ? readFileSync(given, 'utf8') : given)].flat();
  console.log(results.map(({ command, rowCount }) => `${command} ${rowCount ?? ''}`.trim()).join('\n'));
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
} finally {
  await client.end();
}
