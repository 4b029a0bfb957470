import { DatacookError, type Digest, type Field } from '@datacook/core';
import { foldName, tableSchema, tableSql } from '@datacook/duckdb-engine';
import { digestSql, quoteIdentifier } from '@datacook/toolkit';
import type { Client } from './client.js';
import { canonicalSql, DIALECT } from './digest-text.js';

/** The digest of a table, by DuckDB's own SQL. Throws NOT_FOUND for a column that it doesn't have. */
export function duckdbDigest(client: Client): Digest {
  return async function* (name, fields, keys, bucket) {
    const table = await client.table(name);
    await client.useThreads('all is done at once');
    const connection = await client.connect();
    try {
      const { fields: columns } = await tableSchema(connection, table);
      const heldAs = (field: Field) => {
        const column = columns.find((each) => foldName(each.name) === foldName(field.name));
        if (column !== undefined) return column.type;
        throw new DatacookError(
          'NOT_FOUND',
          `${tableSql(table)} has no column ${JSON.stringify(field.name)}.`,
          {
            hint: 'The table was changed by others meanwhile: try again.',
            details: { column: field.name },
          },
        );
      };
      const sql = digestSql(DIALECT, {
        fields,
        keys,
        bucket,
        from: tableSql(table),
        canonical: (field) => canonicalSql(quoteIdentifier(field.name), field.type, heldAs(field)),
      });
      for (const row of await connection.rows(sql, [], `compare ${tableSql(table)}`))
        yield { bucket: row['bucket']!, rows: Number(row['rows']), sum: row['sum']! };
    } finally {
      client.release(connection);
    }
  };
}
