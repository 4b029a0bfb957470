// One writer, whose transactions follow one another, so that values of the cursor are committed in their order: as
// `strategy: cursor` asks. It inserts and updates, at a new value of the cursor or at the greatest one that there is.
import { seededRandom } from '@datacook/testkit';
import { CHANGED_AT, drawing, FIRST_ID, FIRST_REVISION } from './rows.mjs';
import { openSession } from './session.mjs';

const KEYS = 100_000;

export async function openSerialWriter(url, seed, { hasKey }) {
  const session = await openSession(url);
  const change = hasKey ? changesOfKeyed(session) : changesOfUnkeyed(session);

  /** How far the cursor has come, in ticks. */
  const greatestTick = async () =>
    Number(await session.one('SELECT coalesce(max(revision), $1) - $1 FROM orders', [FIRST_REVISION]));

  return {
    async step() {
      const draw = drawing(seededRandom(seed * 10_007 + (await session.nextStep())));
      const tick = (await greatestTick()) + draw.pick([0, 0, 0, 1, 1, 5]);
      const kind = draw.below(20);
      if (kind < 6) await change.insert(draw, tick, 1 + draw.below(3));
      else if (kind < 14) await change.update(draw, tick, 1 + draw.below(3));
      else if (kind < 18) {
        await session.ask('BEGIN');
        await change.update(draw, tick, 1);
        await change.insert(draw, tick, 2);
        await change.update(draw, tick, 2);
        await session.ask(kind === 14 ? 'ROLLBACK' : 'COMMIT');
      }
    },
    /** Rows come at the greatest value of the cursor that there is: without a key, the same as those that have it. */
    async tie() {
      await change.tie(drawing(seededRandom(seed)), await greatestTick());
    },
    async finish() {},
    async reset() {},
  };
}

function changesOfKeyed(session) {
  return {
    async tie(draw, tick) {
      await this.insert(draw, tick, 3);
      await this.update(draw, tick, 3);
    },
    async insert(draw, tick, count) {
      for (let left = count; left > 0; left--) {
        await session.ask(
          `INSERT INTO orders (id, version, name, amount, changed_at, revision)
           VALUES ($1, 1, $2, $3, ${CHANGED_AT(tick)}, $4) ON CONFLICT DO NOTHING`,
          [FIRST_ID + BigInt(draw.below(KEYS)), draw.name(), draw.amount(), FIRST_REVISION + BigInt(tick)],
        );
      }
    },
    async update(draw, tick, count) {
      const total = Number(await session.one('SELECT count(*) FROM orders'));
      await session.ask(
        `UPDATE orders SET version = version + 1, name = $1, amount = $2, changed_at = ${CHANGED_AT(tick)}, revision = $3
         WHERE id IN (SELECT id FROM orders ORDER BY id OFFSET $4 LIMIT $5)`,
        [draw.name(), draw.amount(), FIRST_REVISION + BigInt(tick), draw.below(total), count],
      );
    },
  };
}

/** Values are few, so that many rows are equal to one another. */
function changesOfUnkeyed(session) {
  const values = (draw, tick) => [
    draw.pick(['Ada', '', null]),
    draw.pick(['0.10', null]),
    FIRST_REVISION + BigInt(tick),
  ];
  return {
    async tie() {
      await session.ask(
        'INSERT INTO orders SELECT * FROM orders WHERE revision = (SELECT max(revision) FROM orders)',
      );
    },
    async insert(draw, tick, count) {
      await session.ask(
        `INSERT INTO orders (name, amount, changed_at, revision)
         SELECT $1, $2, ${CHANGED_AT(tick)}, $3 FROM generate_series(1, $4::int)`,
        [...values(draw, tick), count],
      );
    },
    async update(draw, tick, count) {
      const total = Number(await session.one('SELECT count(*) FROM orders'));
      await session.ask(
        `UPDATE orders SET name = $1, amount = $2, changed_at = ${CHANGED_AT(tick)}, revision = $3
         WHERE ctid = ANY (ARRAY(SELECT ctid FROM orders ORDER BY ctid OFFSET $4 LIMIT $5))`,
        [...values(draw, tick), draw.below(total), count],
      );
    },
  };
}
