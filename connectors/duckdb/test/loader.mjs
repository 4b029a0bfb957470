// Loads three epochs of argv[4] rows into table t of the DuckDB file argv[2], by mode argv[3], from where the head is.
// Says each step, and waits for a line on stdin before it goes on: its parent kills it wherever it likes.
import { createInterface } from 'node:readline';
import { duckdbConfig, duckdbDestination } from '@datacook/connector-duckdb';
import { batchFromRows } from '@datacook/toolkit';

const [, , path, mode, rowsText] = process.argv;
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const step = async (name) => {
  process.stdout.write(`${name}\n`);
  await lines.next();
};

const EPOCHS = 3;
const ROWS = Number(rowsText);
const AGAIN = 10;
const type = { kind: 'int', bits: 64, signed: true };
const schema = {
  fields: [
    { name: 'id', type, nullable: true },
    { name: 'text', type: { kind: 'utf8' }, nullable: true },
  ],
};
const destination = await duckdbDestination.open(duckdbConfig.parse({ path }), {
  signal: new AbortController().signal,
});
const target = { key: 'k', table: 't', mode, mergeKeys: ['id'], load: 'load' };
const head = await destination.claim(target, 'loader');
await step('claimed');
let { version } = head;
let done = head.state?.epochs ?? 0;
if (done < EPOCHS) {
  await destination.prepare(target, schema, version);
  await step('prepared');
}
for (; done < EPOCHS; done++) {
  const writer = await destination.openWriter(target, schema, version);
  const row = (epoch, at) => ({ id: epoch * ROWS + at, text: `row ${at} of epoch ${epoch}` });
  const rows = Array.from({ length: ROWS }, (_, at) => row(done, at));
  if (mode === 'merge') {
    // The first rows of an epoch come again with the next one, and are right only then.
    for (let at = 0; at < AGAIN; at++) {
      if (done < EPOCHS - 1) rows[at].text = 'not the last';
      if (done > 0) rows.push(row(done - 1, at));
    }
  }
  await writer.write(batchFromRows(rows, schema));
  await step(`written ${done}`);
  const state = { epochs: done + 1 };
  await writer.commit({ id: `${done}`, expected: version, state, publish: done === EPOCHS - 1 });
  version++;
  await step(`committed ${done}`);
  await writer.close();
}
await destination.close();
await step('closed');
process.exit(0);
