import { DatacookError, type JsonObject, type ReadPlan, type WriteMode } from '@datacook/core';
import { describe, expect, it } from 'vitest';
import { Kitchen, rows } from './support/kitchen.js';

/** How rows are moved in a scene. */
interface Scene {
  readonly mode: WriteMode;
  readonly restart: ReadPlan['restart'];
  readonly writers: number;
}

const SCENES: readonly Scene[] = (['append', 'merge', 'replace'] as const).flatMap((mode) =>
  (['position', 'partition', 'never'] as const).flatMap((restart) =>
    (restart === 'position' ? [1, 3] : [3]).map((writers) => ({ mode, restart, writers })),
  ),
);
const LOADED = [...rows(1, 5), ...rows(11, 13), ...rows(21, 22)].map(({ id }) => Number(id));

function setUp({ restart, writers }: Scene): Kitchen {
  const kitchen = new Kitchen(rows(1, 5), rows(11, 13), rows(21, 22));
  kitchen.feed.restart = restart;
  kitchen.declared = { maxWriters: writers };
  return kitchen;
}

function recipe({ mode }: Scene): JsonObject {
  return { destination: { write_mode: mode, merge_keys: ['id'] } };
}

/** The boundary after which a run has the lease. */
const HAS_LEASE = 'after state.save leases/kitchen';

const loaded = (kitchen: Kitchen) => kitchen.ids().sort((a, b) => a - b);

/** What happens in a run that nothing disturbs. */
async function boundariesOf(scene: Scene): Promise<readonly string[]> {
  const labels: string[] = [];
  const kitchen = setUp(scene);
  const { error } = await kitchen.runGated((label) => void labels.push(label), recipe(scene));
  expect(error).toBeUndefined();
  expect(loaded(kitchen)).toEqual(LOADED);
  return labels;
}

/** Makes the lease look as if its time was over. */
function expireLease(kitchen: Kitchen): void {
  const record = kitchen.state.records.get('leases/kitchen');
  if (record) record.value = { ...(record.value as JsonObject), expires_ms: 0 };
}

describe.each(SCENES)('$mode, restart $restart, $writers writers', (scene) => {
  it.concurrent('trap 11, a lease that ends under a stopped run: it wakes after another has taken over and finished, and doubles nothing', async () => {
    const labels = await boundariesOf(scene);
    const wrong: string[] = [];
    for (let place = 0; place < labels.length; place += 1) {
      const kitchen = setUp(scene);
      let seen = 0;
      let wake = () => {};
      const asleep = new Promise<void>((resolve) => {
        wake = resolve;
      });
      let fallAsleep = () => {};
      const isAsleep = new Promise<void>((resolve) => {
        fallAsleep = resolve;
      });
      const first = kitchen.runGated(async () => {
        seen += 1;
        if (seen === place + 1) fallAsleep();
        if (seen > place) await asleep;
      }, recipe(scene));
      await Promise.race([isAsleep, first]);
      if (place % 2 === 0) expireLease(kitchen);
      else kitchen.state.records.clear();
      const wasDone = kitchen.store.heads.size > 0 && isDone(kitchen);
      const second = await kitchen.run(recipe(scene));
      const between = JSON.stringify(loaded(kitchen));
      const ended = kitchen.store.head();
      wake();
      const { report } = await first;
      const found = {
        place: labels[place],
        second: second.error?.message,
        contents: JSON.stringify(loaded(kitchen)),
        first: report.exit_code,
        error: report.error?.message,
      };
      const isRight =
        found.second === undefined &&
        between === JSON.stringify(LOADED) &&
        found.contents === between &&
        // Who has no lease yet is merely a later run.
        (wasDone ||
          place < labels.indexOf(HAS_LEASE) ||
          ended.version === kitchen.store.head().version ||
          report.exit_code === 1);
      if (!isRight) wrong.push(JSON.stringify(found));
    }
    expect(wrong).toEqual([]);
  });

  it.concurrent.each(['request', 'answer'])(
    'loses and doubles nothing where the %s is lost',
    async (what) => {
      const labels = await boundariesOf(scene);
      const wrong: string[] = [];
      for (const [place, label] of labels.entries()) {
        if (!label.startsWith(what === 'request' ? 'before' : 'after')) continue;
        const kitchen = setUp(scene);
        let seen = 0;
        const { report } = await kitchen.runGated(() => {
          seen += 1;
          if (seen === place + 1) throw new DatacookError('CONNECTION', 'connection lost', { retry: true });
        }, recipe(scene));
        // Before it has the lease a run has done nothing, and tries nothing again.
        const isEarly = place < labels.indexOf(HAS_LEASE) || label === 'after state.load leases/kitchen';
        const isRight = report.exit_code === 0 ? report.streams[0]?.rows.written === LOADED.length : isEarly;
        if (report.exit_code !== 0) await kitchen.run(recipe(scene));
        if (!isRight || JSON.stringify(loaded(kitchen)) !== JSON.stringify(LOADED)) {
          const { error, streams } = report;
          wrong.push(
            JSON.stringify({
              label,
              error: error?.message,
              rows: streams[0]?.rows.written,
              ids: loaded(kitchen),
            }),
          );
        }
      }
      expect(wrong).toEqual([]);
    },
  );

  it.concurrent('loses and doubles nothing where a run fails for good, and the next one goes on', async () => {
    const labels = await boundariesOf(scene);
    const wrong: string[] = [];
    for (const place of labels.keys()) {
      const kitchen = setUp(scene);
      let seen = 0;
      const first = await kitchen.runGated(() => {
        seen += 1;
        if (seen > place) throw new DatacookError('DATA', 'broken');
      }, recipe(scene));
      expireLease(kitchen);
      const second = await kitchen.run(recipe(scene));
      const ids = JSON.stringify(loaded(kitchen));
      if (second.error || ids !== JSON.stringify(LOADED))
        wrong.push(
          JSON.stringify({
            label: labels[place],
            first: first.error?.message,
            second: second.error?.message,
            ids,
          }),
        );
    }
    expect(wrong).toEqual([]);
  });
});

function isDone(kitchen: Kitchen): boolean {
  const state = kitchen.store.head().state as { readonly load?: { readonly done: boolean } } | undefined;
  return state?.load?.done === true;
}
