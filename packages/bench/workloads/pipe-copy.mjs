// The limit: the binary COPY of a SELECT piped into a table, as raw messages from socket to socket. Arguments: the
// server's URL, the SELECT, the table. Prints messages and bytes.
import pg from 'pg';
import { copyOut, leave } from '../lib/copy-out.mjs';

const [connectionString, select, table] = process.argv.slice(2);
const from = new pg.Client({ connectionString });
const into = new pg.Client({ connectionString });
await from.connect();
await into.connect();

const source = from.connection.stream;
const target = into.connection.stream;
target.on('drain', () => source.resume());
let copied;
const done = new Promise((resolve, reject) => {
  const begun = async () => {
    // The messages of COPY are alike in both directions.
    const pass = (messages) => {
      if (!target.write(messages)) source.pause();
    };
    copied = await copyOut(from, `copy (${select}) to stdout (format binary)`, { pass });
  };
  into.query({
    submit: (connection) => connection.query(`copy ${table} from stdin (format binary)`),
    handleCopyInResponse: () => begun().catch(reject),
    handleCommandComplete: () => undefined,
    handleReadyForQuery: resolve,
    handleError: reject,
  });
});
await done;
console.log(JSON.stringify(copied));
await leave(from);
await into.end();
