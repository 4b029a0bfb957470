import assert from 'node:assert/strict';
import { keysOf, rejected } from './rejected.js';
import type { StateCase } from './state-suite.js';

/** Records that can't be used. */
export const DAMAGE: readonly StateCase[] = (['torn', 'newer'] as const).map((how) => ({
  name: `names a record that is ${how}, touches nothing, and serves all others`,
  async run(place) {
    const backend = await place.open();
    const version = await backend.save('orders', { position: 'first' }, undefined);
    const other = await backend.save('customers', 1, undefined);
    await place.spoil('orders', how);
    const before = await place.contents();
    const attempts = [
      () => backend.load('orders'),
      () => backend.save('orders', 'second', version),
      () => backend.save('orders', 'second', undefined),
      () => backend.delete('orders', version),
    ];
    for (const attempt of attempts) {
      const error = await rejected(attempt(), 'DATA', 'UNSUPPORTED');
      assert.equal(error.retry, false);
      assert.ok(error.message.includes('orders'), error.message);
      assert.match(error.hint ?? '', how === 'newer' ? /Upgrade datacook/ : /[Nn]othing was touched/);
    }
    assert.deepEqual(await place.contents(), before);
    assert.deepEqual(await keysOf(backend.list('')), ['customers', 'orders']);
    await backend.save('customers', 2, other);
  },
}));
