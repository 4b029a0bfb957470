// The limit: DuckDB's own reader of CSV into a table. Arguments: the CSV file, the database file.
import { DuckDBInstance } from '@duckdb/node-api';

const [csv, database] = process.argv.slice(2);
const instance = await DuckDBInstance.create(database);
const connection = await instance.connect();
await connection.run(`create table lineitem as select * from read_csv('${csv}')`);
connection.closeSync();
instance.closeSync();
