import { type Cut, drawCutPoints, type FaultProxy, startFaultProxy } from '@datacook/testkit';
import { batchFromRows } from '@datacook/toolkit';
import { describe, expect, it, onTestFinished } from 'vitest';
import { commitOf, openDestination, schemaOf, target } from '../support/destination.js';
import { useDatabase } from '../support/source.js';

const db = useDatabase();
const schema = schemaOf({ a: 'int32', b: 'utf8' });
const rows = Array.from({ length: 50 }, (_, a) => ({ a, b: `row ${a}` }));

let count = 0;

/** One epoch of 50 rows into a fresh table; the second connection is the writer's. */
async function loadThrough(proxy: FaultProxy, cut?: Cut) {
  const table = `cut_${++count}`;
  proxy.restart((connection) => (connection === 2 && cut !== undefined ? { cut } : {}));
  const { destination } = openDestination({ url: `${proxy.through(db.url)}?sslmode=disable` });
  const to = target({ key: table, table });
  await destination.claim(to, 'run');
  await destination.prepare(to, schema, 1);
  const load = async () => {
    const writer = await destination.openWriter(to, schema, 1);
    try {
      await writer.write(batchFromRows(rows, schema));
      await writer.commit(commitOf(1));
    } finally {
      await writer.close();
    }
  };
  const failure = await load().then(
    () => undefined,
    (error: unknown) => error,
  );
  await destination.close();
  return { to, failure };
}

describe('a connection that is cut while an epoch is written', () => {
  it('leaves rows and head, or neither, at whatever byte', async () => {
    const { hostname, port } = new URL(db.url);
    const proxy = await startFaultProxy({ host: hostname, port: Number(port) });
    onTestFinished(() => proxy.close());
    expect((await loadThrough(proxy)).failure).toBeUndefined();
    const [, traffic] = proxy.traffic();
    const ends = [traffic!].flatMap((passed) =>
      (['to_server', 'to_client'] as const).flatMap((direction) =>
        // In COMMIT and its answer: nobody can tell from here whether it took effect.
        [5, 12, 20, 35].map(
          (back): Cut => ({ direction, afterBytes: passed[direction] - back, kind: 'reset' }),
        ),
      ),
    );
    const drawn = drawCutPoints([traffic!], { seed: 7, count: 16 });
    const seen = new Set<string>();
    for (const { direction, afterBytes, kind } of [...ends, ...drawn]) {
      const { to, failure } = await loadThrough(proxy, { direction, afterBytes, kind });
      const head = await openDestination({ url: db.url }).destination.claim(to, 'the next run');
      const { rows: found } = await db.client.query(`select count(*)::int as n from ${to.table}`);
      const isDone = head.version === 3;
      seen.add(`${isDone} ${failure === undefined}`);
      expect({ n: found[0].n, state: head.state }).toEqual(
        isDone ? { n: 50, state: { at: 1 } } : { n: 0, state: undefined },
      );
      if (failure !== undefined) expect(failure).toMatchObject({ code: 'CONNECTION', retry: true });
      else expect(isDone).toBe(true);
    }
    // Done though the writer was told nothing, and not done: both were met.
    expect([...seen]).toEqual(expect.arrayContaining(['true false', 'false false']));
  });
});
