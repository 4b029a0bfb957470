// Several writers, whose transactions overlap: rows bear the time at which their transaction began, or of the statement,
// and are committed late, in any order, some in two phases. One that has only read so far may still write. For
// `strategy: watermark`.
import { seededRandom } from '@datacook/testkit';
import { drawing, FIRST_ID, FIRST_REVISION } from './rows.mjs';
import { openSession } from './session.mjs';

const WRITERS = 4;

export async function openOverlappingWriters(url, seed) {
  const clerk = await openSession(url);
  const database = await clerk.one('SELECT current_database()');
  const writers = [];
  for (let number = 1; number <= WRITERS; number++)
    writers.push(new OverlappingWriter(await openSession(url)));
  /** Transactions that are prepared, by their name: the keys that they hold. */
  const prepared = new Map();

  const busyKeys = () => [...writers.flatMap((writer) => writer.keys), ...[...prepared.values()].flat()];
  const settle = async (how) => {
    const [[name]] = prepared;
    await clerk.ask(`${how} PREPARED '${name}'`);
    prepared.delete(name);
  };

  return {
    async step() {
      const step = await clerk.nextStep();
      const draw = drawing(seededRandom(seed * 10_007 + step));
      if (prepared.size > 0 && draw.chance(0.25)) await settle('COMMIT');
      const writer = draw.pick(writers);
      if (!writer.isOpen)
        return writer.begin(draw.chance(0.3) ? undefined : () => writer.write(draw, step, busyKeys()));
      const kind = draw.below(20);
      if (kind < 10) return writer.write(draw, step, busyKeys());
      if (kind < 18) return writer.end('COMMIT');
      if (kind < 19) return writer.end('ROLLBACK');
      const name = `${database} ${step}`;
      const { keys } = writer;
      await writer.end(`PREPARE TRANSACTION '${name}'`);
      prepared.set(name, keys);
    },
    // Values of a clock don't tie so.
    async tie() {},
    async finish() {
      for (const writer of writers) await writer.end('COMMIT');
      while (prepared.size > 0) await settle('COMMIT');
    },
    async reset() {
      for (const writer of writers) await writer.end('ROLLBACK');
      while (prepared.size > 0) await settle('ROLLBACK');
    },
  };
}

class OverlappingWriter {
  isOpen = false;
  /** Keys that its transaction has locked: others who wanted them would wait. */
  keys = [];
  #session;

  constructor(session) {
    this.#session = session;
  }

  async begin(write) {
    await this.#session.ask('BEGIN');
    this.isOpen = true;
    await this.#session.ask('SELECT count(*) FROM orders');
    await write?.();
  }

  async end(how) {
    if (!this.isOpen) return;
    await this.#session.ask(how);
    this.isOpen = false;
    this.keys = [];
  }

  /** Inserts a row or updates one that nobody else has in hand. */
  async write(draw, step, busyKeys) {
    const time = draw.chance(0.7) ? 'now()' : 'clock_timestamp()';
    const values = [draw.name(), draw.amount(), FIRST_REVISION + BigInt(step)];
    const free = draw.chance(0.35) ? undefined : await this.#freeKey(draw, busyKeys);
    if (free === undefined) {
      // Scattered over all keys; no two steps have the same.
      const id = FIRST_ID + BigInt((step * 7_919) % 100_003);
      await this.#session.ask(
        `INSERT INTO orders (id, version, name, amount, changed_at, revision) VALUES ($4, 1, $1, $2, ${time}, $3)
         ON CONFLICT DO NOTHING`,
        [...values, id],
      );
      this.keys.push(String(id));
      return;
    }
    await this.#session.ask(
      `UPDATE orders SET version = version + 1, name = $1, amount = $2, changed_at = ${time}, revision = $3 WHERE id = $4`,
      [...values, free],
    );
    this.keys.push(free);
  }

  async #freeKey(draw, busyKeys) {
    const others = busyKeys.filter((key) => !this.keys.includes(key));
    const free = await this.#session.ask('SELECT id FROM orders WHERE id <> ALL ($1) ORDER BY id', [others]);
    return free.length === 0 ? undefined : draw.pick(free)[0];
  }
}
