// Merges argv[3] rows, half of them of keys that the table t of the DuckDB file argv[2] has, in two epochs; says what
// the table holds, by the text of its rows, and dies: what was committed is in DuckDB's log.
import { duckdbConfig, duckdbDestination } from '@datacook/connector-duckdb';
import { openDuckDB } from '@datacook/duckdb-engine';
import { batchFromRows, parseType } from '@datacook/toolkit';

const [, , path, rowsText] = process.argv;
const rows = Number(rowsText);
const field = (name, type) => ({ name, type: parseType(type), nullable: true });
const schema = { fields: [field('id', 'int64'), field('code', 'int64'), field('name', 'utf8')] };
const destination = await duckdbDestination.open(duckdbConfig.parse({ path }), {
  signal: new AbortController().signal,
});
const target = { key: 'k', table: 't', mode: 'merge', mergeKeys: ['id'], load: 'load' };
let { version } = await destination.claim(target, 'merger');
await destination.prepare(target, schema, version);
for (const publish of [false, true]) {
  const writer = await destination.openWriter(target, schema, version);
  const part = Array.from({ length: rows / 2 }, (_, at) => {
    const id = publish ? rows / 2 + at : rows + at;
    return { id, code: id * 3, name: `merged ${id}` };
  });
  await writer.write(batchFromRows(part, schema));
  await writer.commit({ id: 'c', expected: version++, state: 1, publish });
  await writer.close();
}
const connection = await (await openDuckDB(path)).connect();
const query = 'SELECT CAST(t AS VARCHAR) AS row FROM t ORDER BY id';
process.stdout.write(JSON.stringify((await connection.rows(query)).map((each) => each.row)), () =>
  process.kill(process.pid, 'SIGKILL'),
);
