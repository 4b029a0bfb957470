import type { StateBackend } from '@datacook/core';
import { between, type OnBoundary } from './boundary.js';
import { iterateBetween } from './iterate.js';

/** A state backend whose effects stand between boundaries; their labels say the key: `state.save leases/orders`. */
export function stateWithBoundaries(state: StateBackend, onBoundary: OnBoundary): StateBackend {
  const effect = <T>(name: string, key: string, run: () => T): T =>
    between(`state.${name} ${key}`, onBoundary, run);
  return {
    load: (key) => effect('load', key, () => state.load(key)),
    save: (key, value, expected) => effect('save', key, () => state.save(key, value, expected)),
    delete: (key, expected) => effect('delete', key, () => state.delete(key, expected)),
    list: (prefix) => iterateBetween(`state.list ${prefix}`, onBoundary, state.list(prefix)),
  };
}
