import type { Plugins } from '@datacook/core';
import type { OnBoundary } from './boundary.js';
import { withBoundaries } from './with-boundaries.js';

/** The same plug-ins, each with boundaries as `withBoundaries` puts them. */
export function pluginsWithBoundaries(plugins: Plugins, onBoundary: OnBoundary): Plugins {
  return {
    list: () => plugins.list(),
    find: (role, type) => plugins.find(role, type),
    config: (role, type) => plugins.config(role, type),
    load: async (role, type) => withBoundaries(await plugins.load(role, type), onBoundary),
  };
}
