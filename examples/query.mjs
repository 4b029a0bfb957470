// Shows what a DuckDB file holds: `node query.mjs weather.duckdb "select count(*) from weather"`.
import { DuckDBInstance } from '@duckdb/node-api';

const [file, sql] = process.argv.slice(2);
if (!file || !sql) {
  console.error('usage: node query.mjs FILE SQL');
  process.exit(2);
}

const instance = await DuckDBInstance.create(file, { access_mode: 'READ_ONLY' });
const connection = await instance.connect();
try {
  const result = await connection.runAndReadAll(sql);
  const rows = [
    result.columnNames(),
    ...result.getRows().map((row) => row.map((value) => String(value ?? 'NULL'))),
  ];
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  for (const row of rows)
    console.log(
      row
        .map((cell, column) => cell.padEnd(widths[column]))
        .join('  ')
        .trimEnd(),
    );
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
} finally {
  connection.closeSync();
  instance.closeSync();
}
