// Shows what a DuckDB file holds: `node query.mjs weather.duckdb "select count(*) from weather"`.
import { DuckDBInstance } from '@duckdb/node-api';

const [file, sql] = process.argv.slice(2);
if (!file || !sql) {
  console.error('usage: node query.mjs FILE SQL');
  process.exit(2);
}

try {
  const instance = await DuckDBInstance.create(file, { access_mode: 'READ_ONLY' });
  const connection = await instance.connect();
  const result = await connection.runAndReadAll(sql);
  show([result.columnNames(), ...result.getRows().map((row) => row.map((value) => String(value ?? 'NULL')))]);
  connection.closeSync();
  instance.closeSync();
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}

function show(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  for (const row of rows) {
    const cells = row.map((cell, column) => cell.padEnd(widths[column]));
    console.log(cells.join('  ').trimEnd());
  }
}
