export { createRegistry } from './create-registry.js';
export { type DiscoverOptions, discoverPlugins } from './discover-plugins.js';
export type { Registry } from './registry.js';
