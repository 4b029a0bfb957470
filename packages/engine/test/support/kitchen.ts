import { type Definition, defineState, defineTransform, type JsonObject, type Plugins } from '@datacook/core';
import { recipeFromObject } from '@datacook/recipe';
import { createRegistry } from '@datacook/registry';
import {
  type ChangeStateOptions,
  changeState,
  type RunEvent,
  type RunOptions,
  type RunOutcome,
  readState,
  runRecipe,
  type StateChange,
  type StateChangeReport,
  type StateReport,
  type UnlockOptions,
  type UnlockReport,
  unlockState,
} from '../../src/index.js';
import { type Gate, gated, gatedDefinition } from './boundaries.js';
import { MemoryStore, type Row } from './memory-destination.js';
import { MemoryFeed } from './memory-source.js';
import { MemoryState } from './memory-state.js';

/** A feed, a store and a state backend, and the recipe that moves rows between them. */
export class Kitchen {
  readonly feed: MemoryFeed;
  readonly store = new MemoryStore();
  readonly state = new MemoryState();
  readonly events: RunEvent[] = [];
  transforms: Definition<'transform'>[] = [];
  declared: Partial<Definition<'destination'>> = {};

  constructor(...partitions: Row[][]) {
    this.feed = new MemoryFeed(partitions);
  }

  recipe(changes: JsonObject = {}): JsonObject {
    const { source, destination, runtime, ...rest } = changes as { [key: string]: JsonObject };
    return {
      name: 'kitchen',
      source: { type: 'memory', ...source },
      destination: { type: 'memory', table: 'rows', ...destination },
      runtime: {
        retry_backoff: { initial_ms: 1, max_ms: 1 },
        checkpoint: { rows: 2 },
        parallelism: 3,
        ...runtime,
      },
      ...rest,
    };
  }

  /** A run whose effects, and those of its state backend, stand between gates. */
  runGated(gate: Gate, changes: JsonObject = {}, options: Partial<RunOptions> = {}): Promise<RunOutcome> {
    const { transforms } = this;
    const plugins = createRegistry([
      gatedDefinition(this.feed.definition(), gate),
      gatedDefinition(this.store.definition(this.declared), gate),
      this.#stateDefinition(),
      ...transforms,
    ]);
    return this.run(changes, { plugins, state: gated('state', this.state, gate), ...options });
  }

  run(changes: JsonObject = {}, options: Partial<RunOptions> = {}): Promise<RunOutcome> {
    return runRecipe(recipeFromObject(this.recipe(changes)), {
      plugins: this.plugins(),
      state: this.state,
      onEvent: (event) => this.events.push(event),
      ...options,
    });
  }

  plugins(): Plugins {
    const { feed, store, declared, transforms } = this;
    return createRegistry([
      feed.definition(),
      store.definition(declared),
      this.#stateDefinition(),
      ...transforms,
    ]);
  }

  change(
    change: StateChange,
    changes: JsonObject = {},
    options: Partial<ChangeStateOptions> = {},
  ): Promise<StateChangeReport> {
    const given = { plugins: this.plugins(), state: this.state, ...options };
    return changeState(recipeFromObject(this.recipe(changes)), change, given);
  }

  unlock(options: Partial<UnlockOptions> = {}): Promise<UnlockReport> {
    const given = { plugins: this.plugins(), state: this.state, ...options };
    return unlockState(recipeFromObject(this.recipe()), given);
  }

  readState(): Promise<StateReport> {
    return readState(recipeFromObject(this.recipe()), { plugins: this.plugins(), state: this.state });
  }

  // For recipes that say something of their state: their runs are handed it all the same.
  #stateDefinition(): Definition<'state'> {
    return defineState<object>({
      type: 'memory',
      config: { parse: (value) => value as object },
      open: () => this.state,
    });
  }

  ids(table = 'rows'): number[] {
    return this.store.rows(table).map((row) => Number(row.id));
  }
}

/** Rows with the ids from…to. */
export function rows(from: number, to: number): Row[] {
  return Array.from({ length: to - from + 1 }, (_, index) => ({
    id: from + index,
    name: `n${from + index}`,
  }));
}

/** A transform that a test makes up. */
export function transform(type: string, open: Definition<'transform'>['open']): Definition<'transform'> {
  return defineTransform<object>({ type, config: { parse: (value) => value as object }, open });
}
