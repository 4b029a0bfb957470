// Starts a server, says where it is, and waits to be killed.
import { startPostgres } from '@datacook/testkit';
import pg from 'pg';

const { url, host, port } = await startPostgres();
const client = new pg.Client(url);
await client.connect();
const { rows } = await client.query('show data_directory');
console.log(JSON.stringify({ host, port, data: rows[0].data_directory }));
