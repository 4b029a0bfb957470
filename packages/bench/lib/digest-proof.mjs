import path from 'node:path';
import { digestSql } from './digest.mjs';
import { withDuckdb } from './duckdb-file.mjs';
import { dumpIntoDuckdb } from './dump.mjs';
import { COPY_ALL, createLineitem, LINEITEM_TABLE } from './lineitem-table.mjs';

/**
 * Proves on a thousand rows, in both systems, that digests agree, and that they tell one changed value, two values
 * swapped between rows, a value made NULL and a row lost. Throws if one isn't told.
 */
export async function proveDigest({ folder, url, client }) {
  await createLineitem(client, 1000);
  await withDuckdb(':memory:', async (query) => {
    const csv = path.join(folder, 'proof.csv');
    await dumpIntoDuckdb({ url, select: COPY_ALL, query, table: 'lineitem', csv });
    await prove({
      postgres: async (sql) => (await client.query({ text: sql, rowMode: 'array' })).rows,
      duckdb: query,
    });
  });
}

async function prove(systems) {
  const sums = {};
  for (const [system, run] of Object.entries(systems)) {
    const digest = async () => (await run(digestSql(system, LINEITEM_TABLE, 'lineitem')))[0][0];
    sums[system] = [await digest()];
    for (const damage of DAMAGES) {
      await run('begin');
      await run(damage);
      sums[system].push(await digest());
      await run('rollback');
    }
    if (new Set(sums[system]).size !== DAMAGES.length + 1) {
      throw new Error(`the digest of ${system} doesn't tell: ${sums[system].join(' ')}`);
    }
  }
  if (sums.postgres.join() !== sums.duckdb.join()) {
    throw new Error(`the digests differ: ${JSON.stringify(sums)}`);
  }
}

const DAMAGES = [
  'update lineitem set l_discount = l_discount + 0.01 where l_id = 500',
  `update lineitem set l_comment = case l_id when 501 then (select l_comment from lineitem where l_id = 502)
    else (select l_comment from lineitem where l_id = 501) end where l_id in (501, 502)`,
  `update lineitem set l_shipdate = case l_id when 503 then (select l_shipdate from lineitem where l_id = 504)
    else (select l_shipdate from lineitem where l_id = 503) end where l_id in (503, 504)`,
  "update lineitem set updated_at = updated_at + interval '1 microsecond' where l_id = 505",
  'update lineitem set l_comment = null where l_id = 506',
  'delete from lineitem where l_id = 507',
];
