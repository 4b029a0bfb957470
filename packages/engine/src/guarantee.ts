import {
  DatacookError,
  type Definition,
  type Delivery,
  type ReadPlan,
  type ResolvedRecipe,
  type WriteMode,
} from '@datacook/core';

/** What is promised, and why. */
export interface Guarantee {
  readonly level: 'exactly_once' | 'at_least_once' | 'best_effort';
  readonly reason: string;
}

/** What a plan and a destination promise together. */
export function guaranteeOf(
  restart: ReadPlan['restart'],
  mode: WriteMode,
  delivery: Delivery,
  destination: string,
): Guarantee {
  if (delivery === 'at_least_once') {
    return restart === 'never'
      ? {
          level: 'best_effort',
          reason: `${destination} keeps no head, and the source can't be read again from a position`,
        }
      : { level: 'at_least_once', reason: `${destination} writes rows and state in two steps` };
  }
  const commits = `${destination} commits rows and state in one step`;
  if (restart === 'position')
    return { level: 'exactly_once', reason: `${commits}, and the source resumes at a position` };
  if (restart === 'partition')
    return {
      level: 'exactly_once',
      reason: `${commits}, and the source reads a partition again from its start`,
    };
  return mode === 'append'
    ? { level: 'exactly_once', reason: `${commits}, once, at the end of the load` }
    : { level: 'exactly_once', reason: `${commits}, and an interrupted load begins again` };
}

/** The destination's promise for a write mode. Throws CONFIG if it doesn't offer the mode. */
export function deliveryOf(definition: Pick<Definition, 'type' | 'modes'>, mode: WriteMode): Delivery {
  const delivery = definition.modes?.[mode];
  if (delivery) return delivery;
  const offered = Object.keys(definition.modes ?? {}).join(', ') || 'none';
  throw new DatacookError('CONFIG', `destination ${definition.type} doesn't offer write_mode ${mode}`, {
    hint: `it offers: ${offered}`,
  });
}

/** Throws CONFIG if a recipe demands more than is promised. */
export function checkDemand(recipe: ResolvedRecipe, guarantee: Guarantee): void {
  if (recipe.runtime.guarantee !== 'exactly_once' || guarantee.level === 'exactly_once') return;
  throw new DatacookError(
    'CONFIG',
    `the recipe demands exactly_once, and this is ${guarantee.level}: ${guarantee.reason}`,
    {
      hint: 'remove runtime.guarantee, or choose a destination that commits rows and state together',
    },
  );
}
