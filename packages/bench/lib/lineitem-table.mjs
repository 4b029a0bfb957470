/**
 * The table in Postgres: in the shape of TPC-H's lineitem, with a key of one column and a time of change. 16 columns,
 * about 140 bytes a row as text; some values are NULL and some text is not ASCII. `type` is a key of the canonical texts.
 */
export const LINEITEM_TABLE = [
  { name: 'l_id', type: 'int', postgres: 'bigint', duckdb: 'BIGINT' },
  { name: 'l_partkey', type: 'int', postgres: 'integer', duckdb: 'INTEGER' },
  { name: 'l_suppkey', type: 'int', postgres: 'integer', duckdb: 'INTEGER' },
  { name: 'l_linenumber', type: 'int', postgres: 'smallint', duckdb: 'SMALLINT' },
  { name: 'l_quantity', type: 'decimal', postgres: 'numeric(12,2)', duckdb: 'DECIMAL(12,2)' },
  { name: 'l_extendedprice', type: 'decimal', postgres: 'numeric(12,2)', duckdb: 'DECIMAL(12,2)' },
  { name: 'l_discount', type: 'decimal', postgres: 'numeric(12,2)', duckdb: 'DECIMAL(12,2)' },
  { name: 'l_tax', type: 'decimal', postgres: 'numeric(12,2)', duckdb: 'DECIMAL(12,2)' },
  { name: 'l_returnflag', type: 'text', postgres: 'text', duckdb: 'VARCHAR' },
  { name: 'l_linestatus', type: 'text', postgres: 'text', duckdb: 'VARCHAR' },
  { name: 'l_shipdate', type: 'date', postgres: 'date', duckdb: 'DATE' },
  { name: 'l_commitdate', type: 'date', postgres: 'date', duckdb: 'DATE' },
  { name: 'l_shipinstruct', type: 'text', postgres: 'text', duckdb: 'VARCHAR' },
  { name: 'l_shipmode', type: 'text', postgres: 'text', duckdb: 'VARCHAR' },
  { name: 'l_comment', type: 'text', postgres: 'text', duckdb: 'VARCHAR' },
  { name: 'updated_at', type: 'timestamptz', postgres: 'timestamptz', duckdb: 'TIMESTAMP WITH TIME ZONE' },
];

/** All of a table's rows, for a COPY. */
export const COPY_ALL = 'select * from lineitem';

const WORDS = 'the quick carefully final déposits sleep furiously across regular ideas haggle blithely';

/** Makes the table with `rows` rows, the same for the same number and seed, as a server has it that is at rest. */
export async function createLineitem(client, rows, seed = 1) {
  const columns = LINEITEM_TABLE.map(({ name, postgres }) => `${name} ${postgres}`).join(', ');
  await client.query('drop table if exists lineitem');
  await client.query(`create table lineitem (${columns})`);
  await client.query(`insert into lineitem ${generated(rows, seed)}`);
  await client.query('alter table lineitem add primary key (l_id)');
  await settle(client);
}

/** Changes every second row, and its time of change, so that `updated_at > CHANGED_SINCE` finds just these. */
export async function changeHalf(client) {
  await client.query(`
    update lineitem set l_quantity = l_quantity + 1, l_comment = 'changed, ' || coalesce(l_comment, ''),
      updated_at = timestamptz '${CHANGED_SINCE}' + l_id * interval '1 millisecond'
    where l_id % 2 = 0`);
  await settle(client);
}

/** All rows' first `updated_at` lies before it, that of changed rows after it. */
export const CHANGED_SINCE = '2026-01-01 00:00:00+00';

/** Hint bits, statistics and dirty pages are done with now, and not during what is measured. */
async function settle(client) {
  await client.query('vacuum (analyze) lineitem');
  await client.query('checkpoint');
}

function generated(rows, seed) {
  const below = (limit, salt) => `((hashint8extended(i, ${seed * 100 + salt}) & 2147483647) % ${limit})`;
  const pick = (list, salt) =>
    `(array[${list.map((text) => `'${text}'`).join(', ')}])[1 + ${below(list.length, salt)}]`;
  const words = WORDS.split(' ');
  const comment = [11, 12, 13, 14, 15].map((salt) =>
    salt < 13 ? pick(words, salt) : pick([...words, ...words.map(() => '')], salt),
  );
  return `
    select i, 1 + ${below(200_000, 1)}, 1 + ${below(10_000, 2)}, 1 + i % 7,
      1 + ${below(50, 3)}, (90000 + ${below(9_000_000, 4)})::numeric / 100,
      ${below(11, 5)}::numeric / 100, ${below(9, 6)}::numeric / 100,
      ${pick(['A', 'N', 'R'], 7)}, ${pick(['F', 'O'], 8)},
      date '1992-01-01' + ${below(2500, 9)}::int,
      case when ${below(40, 10)} > 0 then date '1992-01-01' + ${below(2500, 16)}::int end,
      ${pick(['DELIVER IN PERSON', 'COLLECT COD', 'NONE', 'TAKE BACK RETURN'], 17)},
      ${pick(['REG AIR', 'AIR', 'RAIL', 'SHIP', 'TRUCK', 'MAIL', 'FOB'], 18)},
      case when ${below(50, 19)} > 0 then concat_ws(' ', ${comment.join(', ')}) end,
      timestamptz '2020-01-01 00:00:00+00' + ${below(2_000_000_000, 20)} * interval '93 milliseconds'
        + ${below(1000, 21)} * interval '1 microsecond'
    from generate_series(1, ${rows}::bigint) as i`;
}
