import type { Definition, Destination, Role, Roles, Source, StateBackend } from '@datacook/core';
import { between, type OnBoundary } from './boundary.js';
import { destinationWithBoundaries } from './destination.js';
import { sourceWithBoundaries } from './source.js';
import { stateWithBoundaries } from './state.js';

/**
 * The same plug-in with a boundary before and after every effect of its contract: `open`, each claim, prepare, write,
 * stage, commit, save, delete, plan, acknowledge, close, and each item that is read. Nothing else is changed. A
 * transform or a format has no effects, and comes back as it is.
 */
export function withBoundaries<R extends Role>(
  definition: Definition<R>,
  onBoundary: OnBoundary,
): Definition<R> {
  const { role } = definition;
  if (role === 'transform' || role === 'format') return definition;
  return {
    ...definition,
    open: async (config, context) => {
      const opened = await between(`${role}.open`, onBoundary, async () => definition.open(config, context));
      return wrap(role, opened, onBoundary) as Roles[R];
    },
  };
}

function wrap(role: Role, opened: Roles[Role], onBoundary: OnBoundary): Roles[Role] {
  if (role === 'source') return sourceWithBoundaries(opened as Source, onBoundary);
  if (role === 'destination') return destinationWithBoundaries(opened as Destination, onBoundary);
  return stateWithBoundaries(opened as StateBackend, onBoundary);
}
