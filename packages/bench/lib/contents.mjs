import { digestSql } from './digest.mjs';
import { withDuckdb } from './duckdb-file.mjs';
import { LINEITEM_TABLE } from './lineitem-table.mjs';

/** The digest of the table in Postgres. */
export async function postgresDigest(client, table = 'lineitem') {
  const { rows } = await client.query(digestSql('postgres', LINEITEM_TABLE, table));
  return rows[0].digest;
}

/** Throws unless the table in a DuckDB file has the types that it should, and `digest` as its own. */
export async function compareContents(file, digest) {
  await withDuckdb(
    file,
    async (query) => {
      const types = await query(`
        select column_name, data_type from duckdb_columns()
        where table_name = 'lineitem' and not internal order by column_index`);
      const expected = LINEITEM_TABLE.map(({ name, duckdb }) => `${name} ${duckdb}`).join(', ');
      const found = types.map((type) => type.join(' ')).join(', ');
      if (found !== expected) throw new Error(`${file} has the columns\n${found}\ninstead of\n${expected}`);
      const [[ours]] = await query(digestSql('duckdb', LINEITEM_TABLE, 'lineitem'));
      if (ours !== digest) throw new Error(`${file} has the contents ${ours}, and the source ${digest}`);
    },
    { access_mode: 'READ_ONLY' },
  );
}
