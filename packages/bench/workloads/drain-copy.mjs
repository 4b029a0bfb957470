// The limit: a COPY drained from a socket. Arguments: the server's URL, the statement. Prints messages and bytes.
import pg from 'pg';
import { copyOut, leave } from '../lib/copy-out.mjs';

const [connectionString, sql] = process.argv.slice(2);
const client = new pg.Client({ connectionString });
await client.connect();
console.log(JSON.stringify(await copyOut(client, sql)));
await leave(client);
