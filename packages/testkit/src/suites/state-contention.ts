import assert from 'node:assert/strict';
import { isDatacookError, type Json, type StateBackend } from '@datacook/core';
import { rejected } from './rejected.js';
import type { StateCase, StatePlace } from './state-suite.js';

const BACKENDS = 10;
const CONTENDERS = 50;

/** Many who want the same record at the same time. */
export const CONTENTION: readonly StateCase[] = [
  {
    name: 'lets one of 50 win who create a record at once, the very first of the place',
    async run(place) {
      const backends = await openMany(place);
      const winner = await race(backends, (backend, index) => backend.save('orders', index, undefined));
      assert.equal((await backends[0]!.load('orders'))?.value, winner);
    },
  },
  {
    name: 'lets one of 50 win who change a record at once, or delete it',
    async run(place) {
      const backends = await openMany(place);
      const version = await backends[0]!.save('orders', 'first', undefined);
      const winner = await race(backends, async (backend, index) => {
        if (index % 2 === 0) await backend.save('orders', index, version);
        else await backend.delete('orders', version);
      });
      const found = await backends[0]!.load('orders');
      assert.equal(found?.value, winner % 2 === 0 ? winner : undefined);
    },
  },
  {
    name: 'loses none of 200 increments by 10 backends',
    async run(place) {
      const backends = await openMany(place);
      const increments = backends.map(async (backend) => {
        for (let done = 0; done < 20; ) {
          const current = await backend.load('orders');
          const value = ((current?.value as number | undefined) ?? 0) + 1;
          if (await wins(backend.save('orders', value, current?.version))) done++;
        }
      });
      await Promise.all(increments);
      assert.equal((await backends[0]!.load('orders'))?.value, 200);
    },
  },
  {
    name: 'keeps leases: one holder, who can renew, whom one heir follows, and who can then do no harm',
    async run(place) {
      const backends = await openMany(place);
      const key = 'leases/load_orders';
      const lease = (holder: number, renewals = 0): Json => ({ holder, renewals });
      const holder = await race(backends, (backend, index) => backend.save(key, lease(index), undefined));
      const own = backends[holder % BACKENDS]!;
      let version = (await own.load(key))!.version;
      for (let renewals = 1; renewals <= 5; renewals++) {
        version = await own.save(key, lease(holder, renewals), version);
      }
      // Its time is over: all who saw it so want it.
      const heir = await race(backends, (backend, index) => backend.save(key, lease(index), version));
      await rejected(own.save(key, lease(holder, 6), version), 'CONFLICT');
      await rejected(own.delete(key, version), 'CONFLICT');
      const found = await own.load(key);
      assert.deepEqual(found?.value, lease(heir));
      // Released and taken anew: what anybody knew of it before is worth nothing.
      await backends[heir % BACKENDS]!.delete(key, found!.version);
      await own.save(key, lease(heir), undefined);
      await rejected(own.delete(key, found!.version), 'CONFLICT');
    },
  },
];

async function openMany(place: StatePlace): Promise<readonly StateBackend[]> {
  return Promise.all(Array.from({ length: BACKENDS }, () => place.open()));
}

/** The number of the one contender who succeeds. Rejects unless that is one, and all others meet CONFLICT. */
async function race(
  backends: readonly StateBackend[],
  attempt: (backend: StateBackend, index: number) => Promise<unknown>,
): Promise<number> {
  const contenders = Array.from({ length: CONTENDERS }, (_, index) =>
    wins(attempt(backends[index % backends.length]!, index)),
  );
  const results = await Promise.all(contenders);
  const winners = results.flatMap((hasWon, index) => (hasWon ? [index] : []));
  assert.equal(winners.length, 1, `${winners.length} of ${CONTENDERS} have won`);
  return winners[0]!;
}

async function wins(attempt: Promise<unknown>): Promise<boolean> {
  try {
    await attempt;
    return true;
  } catch (error) {
    if (isDatacookError(error) && error.code === 'CONFLICT') return false;
    throw error;
  }
}
