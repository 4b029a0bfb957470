// The limit: DuckDB's own merge of a staging table into another, as it is done best within the memory that we give it:
// `MERGE INTO` itself runs out of it (3 million rows into as many need about 1 GB), and is no faster with more.
// Arguments: the database file, the staging table.
import { MEMORY_LIMIT, withDuckdb } from '../lib/duckdb-file.mjs';

const [file, staging] = process.argv.slice(2);
await withDuckdb(
  file,
  async (query) => {
    await query('begin');
    await query(`delete from lineitem where l_id in (select l_id from ${staging})`);
    await query(`insert into lineitem select * from ${staging}`);
    await query('commit');
  },
  { memory_limit: MEMORY_LIMIT },
);
