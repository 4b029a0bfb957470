// The limit: DuckDB's own merge of a staging table into another. Arguments: the database file, the staging table.
import { MEMORY_LIMIT, withDuckdb } from '../lib/duckdb-file.mjs';

const [file, staging] = process.argv.slice(2);
await withDuckdb(
  file,
  async (query) => {
    await query(`
      merge into lineitem using ${staging} on lineitem.l_id = ${staging}.l_id
      when matched then update when not matched then insert`);
  },
  { memory_limit: MEMORY_LIMIT },
);
