// Saves twice and comes to its end, with the connection still there.
import { SqlStateBackend } from '@datacook/state-sql';

const [url] = process.argv.slice(2);
// No timer of a statement keeps the process alive in the place of the connection.
const backend = new SqlStateBackend(url, { statementTimeout: 0 });
const version = await backend.save('orders', 1, undefined);
await backend.save('orders', 2, version);
console.log('saved');
