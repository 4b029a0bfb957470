// Opens the DuckDB file named by its argument, says so, and holds it until it is killed.
import { openDuckDB } from '@datacook/duckdb-engine';

const database = await openDuckDB(process.argv[2]);
await database.connect();
process.stdout.write('held\n');
setInterval(() => undefined, 60_000);
