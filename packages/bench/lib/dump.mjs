import { once } from 'node:events';
import { createWriteStream, rmSync } from 'node:fs';
import pg from 'pg';
import { copyOut, leave } from './copy-out.mjs';
import { LINEITEM_TABLE } from './lineitem-table.mjs';

const TYPES = `{${LINEITEM_TABLE.map(({ name, duckdb }) => `${name}: '${duckdb}'`).join(', ')}}`;

/** Makes a table in DuckDB from the rows of a SELECT in Postgres, by way of a CSV file and without our code. */
export async function dumpIntoDuckdb({ url, select, query, table, csv }) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query("set timezone = 'UTC'");
  const out = createWriteStream(csv);
  await copyOut(client, `copy (${select}) to stdout (format csv)`, { take: (piece) => out.write(piece) });
  await leave(client);
  out.end();
  await once(out, 'finish');
  await query(
    `create table ${table} as select * from read_csv('${csv}', header = false, columns = ${TYPES})`,
  );
  rmSync(csv);
}
