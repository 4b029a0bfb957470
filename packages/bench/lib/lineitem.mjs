import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { seededRandom } from './random.mjs';

/** The columns of the table, in the shape of TPC-H's lineitem: 16 columns, about 128 bytes a row as text. */
export const LINEITEM_COLUMNS = [
  'l_orderkey',
  'l_partkey',
  'l_suppkey',
  'l_linenumber',
  'l_quantity',
  'l_extendedprice',
  'l_discount',
  'l_tax',
  'l_returnflag',
  'l_linestatus',
  'l_shipdate',
  'l_commitdate',
  'l_receiptdate',
  'l_shipinstruct',
  'l_shipmode',
  'l_comment',
];

const INSTRUCTIONS = ['DELIVER IN PERSON', 'COLLECT COD', 'NONE', 'TAKE BACK RETURN'];
const MODES = ['REG AIR', 'AIR', 'RAIL', 'SHIP', 'TRUCK', 'MAIL', 'FOB'];
const WORDS = 'the quick carefully final deposits sleep furiously across regular ideas haggle blithely'.split(
  ' ',
);
const FIRST_DAY = Date.UTC(1992, 0, 1);

/** Writes `rows` rows as CSV with a header. The same file for the same number of rows and seed. */
export async function writeLineitem(file, rows, seed = 1) {
  const random = seededRandom(seed);
  const below = (limit) => Math.floor(random() * limit);
  const day = () => new Date(FIRST_DAY + below(2500) * 86_400_000).toISOString().slice(0, 10);
  const out = createWriteStream(file);
  let chunk = `${LINEITEM_COLUMNS.join(',')}\n`;
  for (let row = 0; row < rows; row += 1) {
    const quantity = 1 + below(50);
    const cents = quantity * (90_000 + below(20_000));
    const comment = Array.from({ length: 2 + below(4) }, () => WORDS[below(WORDS.length)]).join(' ');
    chunk +=
      `${1 + (row >> 2)},${1 + below(200_000)},${1 + below(10_000)},${1 + (row & 3)},${quantity}.00,` +
      `${Math.floor(cents / 100)}.${String(cents % 100).padStart(2, '0')},0.0${below(10)},0.0${below(9)},` +
      `${'ANR'[below(3)]},${'FO'[below(2)]},${day()},${day()},${day()},` +
      `${INSTRUCTIONS[below(4)]},${MODES[below(7)]},${comment}\n`;
    if (chunk.length > 1_000_000) {
      if (!out.write(chunk)) await once(out, 'drain');
      chunk = '';
    }
  }
  out.end(chunk);
  await once(out, 'finish');
}
