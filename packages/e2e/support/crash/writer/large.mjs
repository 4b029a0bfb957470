// Writers for a table of many rows, which has indexes on id and on both cursors. `large-serial` is one, whose
// transactions follow one another; `large-deleting` also deletes; `large-overlapping` are several, whose transactions
// overlap and are committed late.
import { seededRandom } from '@datacook/testkit';
import { CHANGED_AT, drawing, FIRST_ID, FIRST_REVISION } from './rows.mjs';
import { openSession } from './session.mjs';

/** Keys lie below this, from the first on. */
const KEYS = 10_000_019;
const WRITERS = 3;

function randomKey(draw) {
  return FIRST_ID + BigInt(draw.below(KEYS));
}

function insert(session, draw, id, count, changedAt, revision) {
  return session.ask(
    `INSERT INTO orders (id, version, name, amount, changed_at, revision)
     SELECT $1::bigint + n, 1, $2, $3, ${changedAt}, $4 FROM generate_series(0, $5::int - 1) AS n ON CONFLICT DO NOTHING`,
    [id, draw.name(), draw.amount(), revision, count],
  );
}

/** `skips`: rows that another has in hand are left out. */
function update(session, draw, count, changedAt, revision, skips = false) {
  return session.ask(
    `UPDATE orders SET version = version + 1, name = $1, amount = $2, changed_at = ${changedAt}, revision = $3
     WHERE id IN (SELECT id FROM orders WHERE id >= $4 ORDER BY id LIMIT $5 FOR UPDATE ${skips ? 'SKIP LOCKED' : ''})`,
    [draw.name(), draw.amount(), revision, randomKey(draw), count],
  );
}

export async function openLargeSerialWriter(url, seed, { deletes }) {
  const session = await openSession(url);
  const greatestTick = async () =>
    Number(await session.one('SELECT coalesce(max(revision), $1) - $1 FROM orders', [FIRST_REVISION]));
  return {
    async step() {
      const draw = drawing(seededRandom(seed * 10_007 + (await session.nextStep())));
      // Often the greatest value that there is: a tie.
      const tick = (await greatestTick()) + draw.pick([0, 0, 1, 5]);
      const at = [CHANGED_AT(tick), FIRST_REVISION + BigInt(tick)];
      const kind = draw.below(10);
      if (kind < 4) return insert(session, draw, randomKey(draw), 1 + draw.below(20), ...at);
      if (kind < 8 || !deletes) return update(session, draw, 1 + draw.below(20), ...at);
      return session.ask(
        'DELETE FROM orders WHERE id IN (SELECT id FROM orders WHERE id >= $1 ORDER BY id LIMIT $2)',
        [randomKey(draw), 1 + draw.below(20)],
      );
    },
    async tie() {
      const tick = await greatestTick();
      const draw = drawing(seededRandom(seed));
      await insert(session, draw, randomKey(draw), 20, CHANGED_AT(tick), FIRST_REVISION + BigInt(tick));
    },
    async finish() {},
    async reset() {},
  };
}

export async function openLargeOverlappingWriters(url, seed) {
  const clerk = await openSession(url);
  const writers = [];
  for (let number = 1; number <= WRITERS; number++)
    writers.push({ session: await openSession(url), isOpen: false });
  const end = async (writer, how) => {
    if (!writer.isOpen) return;
    await writer.session.ask(how);
    writer.isOpen = false;
  };
  return {
    async step() {
      const step = await clerk.nextStep();
      const draw = drawing(seededRandom(seed * 10_007 + step));
      const writer = draw.pick(writers);
      if (!writer.isOpen) {
        await writer.session.ask('BEGIN');
        writer.isOpen = true;
      }
      const at = [draw.chance(0.7) ? 'now()' : 'clock_timestamp()', FIRST_REVISION + BigInt(step)];
      if (draw.chance(0.4)) {
        // A key that no other step has: nobody waits for another's transaction.
        const key = FIRST_ID + BigInt(KEYS + ((step * 7_919) % KEYS));
        await insert(writer.session, draw, key, 1, ...at);
      } else await update(writer.session, draw, 1 + draw.below(20), ...at, true);
      if (draw.chance(0.4)) await end(writer, draw.chance(0.9) ? 'COMMIT' : 'ROLLBACK');
    },
    async tie() {},
    async finish() {
      for (const writer of writers) await end(writer, 'COMMIT');
    },
    async reset() {
      for (const writer of writers) await end(writer, 'ROLLBACK');
    },
  };
}
