import {
  type Commit,
  type Context,
  type Destination,
  defineDestination,
  defineSource,
  defineState,
  defineTransform,
  type Head,
  type Json,
  type Plugins,
  type Schema,
  type StateBackend,
  type Target,
  type Writer,
} from '@datacook/core';
import { describe, expect, test } from 'vitest';
import { pluginsWithBoundaries } from '../../src/boundaries/plugins-with-boundaries.js';
import { withBoundaries } from '../../src/boundaries/with-boundaries.js';

const anything = { parse: (value: unknown) => value };
const context = { signal: new AbortController().signal } as Context;
const schema: Schema = { fields: [] };
const target: Target = { key: 'k', table: 't', mode: 'append', mergeKeys: [], load: 'l' };
const commit: Commit = { id: 'c', expected: 1, state: null, publish: false };

/** Has state behind `this`, so that a wrapper that loses it fails. */
class CountingDestination implements Destination {
  calls = 0;
  async peek(): Promise<Head> {
    this.calls += 1;
    return { version: this.calls };
  }
  async claim(): Promise<Head> {
    this.calls += 1;
    return { version: this.calls };
  }
  async prepare(): Promise<void> {
    this.calls += 1;
  }
  async openWriter(): Promise<Writer> {
    this.calls += 1;
    return {
      write: async () => undefined,
      commit: async () => ({ inserted: this.calls }),
      close: async () => undefined,
    };
  }
  async commit() {
    this.calls += 1;
    return undefined;
  }
  async close(): Promise<void> {
    this.calls += 1;
  }
}

describe('withBoundaries', () => {
  test('puts boundaries around every effect of a destination and its writers', async () => {
    const labels: string[] = [];
    const definition = defineDestination({
      type: 'counting',
      config: anything,
      modes: { append: 'exactly_once' },
      open: () => new CountingDestination(),
    });
    const wrapped = withBoundaries(definition, (label) => labels.push(label));
    expect(wrapped).toMatchObject({
      type: 'counting',
      role: 'destination',
      modes: { append: 'exactly_once' },
    });
    const destination = await wrapped.open({}, context);
    const place = { key: 'k', table: 't' };
    expect(await destination.peek(place)).toEqual({ version: 1 });
    expect(await destination.claim(place, 'me')).toEqual({ version: 2 });
    await destination.prepare(target, schema, 1);
    const writer = await destination.openWriter(target, schema, 1);
    expect(writer.stage).toBeUndefined();
    await writer.write({ length: 0, schema, columns: [] });
    expect(await writer.commit(commit)).toEqual({ inserted: 4 });
    await writer.close();
    await destination.commit(target, [], commit);
    await destination.close();
    expect(destination.check).toBeUndefined();
    expect(destination.digest).toBeUndefined();
    const names = ['destination.open', 'destination.peek', 'destination.claim', 'destination.prepare'];
    names.push('destination.openWriter', 'writer.write', 'writer.commit', 'writer.close');
    names.push('destination.commit', 'destination.close');
    expect(labels).toEqual(names.flatMap((name) => [`before ${name}`, `after ${name}`]));
  });

  test('puts boundaries around every effect of a source, and leaves finish alone', async () => {
    const labels: string[] = [];
    const definition = defineSource({
      type: 'two',
      config: anything,
      open: () => ({
        streams: async () => [],
        plan: async () => ({ partitions: [], restart: 'position' as const, keysDisjoint: true }),
        read: async function* () {
          yield { position: 1 };
        },
        finish: (_plan: unknown, ends: readonly (Json | undefined)[]) => ends.length,
        acknowledge: async () => undefined,
        close: async () => undefined,
      }),
    });
    const source = await withBoundaries(definition, (label) => labels.push(label)).open({}, context);
    const plan = await source.plan({ stream: 's', parallelism: 1, batchRows: 1, batchBytes: 1 });
    for await (const item of source.read(plan, { id: 'p', spec: null })) expect(item.position).toBe(1);
    expect(source.finish?.(plan, [1, 2])).toBe(2);
    await source.acknowledge?.('s', 1);
    await source.close();
    const names = [
      'source.open',
      'source.plan',
      'source.read',
      'source.read',
      'source.acknowledge',
      'source.close',
    ];
    expect(labels).toEqual(names.flatMap((name) => [`before ${name}`, `after ${name}`]));
  });

  test('names the key at the boundaries of a state backend', async () => {
    const labels: string[] = [];
    const backend: StateBackend = {
      load: async () => undefined,
      save: async () => '1',
      delete: async () => undefined,
      list: async function* () {
        yield 'a';
      },
    };
    const definition = defineState({ type: 'none', config: anything, open: () => backend });
    const state = await withBoundaries(definition, (label) => labels.push(label)).open({}, context);
    expect(await state.save('leases/a', 1, undefined)).toBe('1');
    await state.delete('leases/a', '1');
    for await (const key of state.list('lea')) expect(key).toBe('a');
    expect(labels.filter((label) => label.startsWith('before'))).toEqual([
      'before state.open',
      'before state.save leases/a',
      'before state.delete leases/a',
      'before state.list lea',
      'before state.list lea',
    ]);
  });

  test('serves a whole registry', async () => {
    const labels: string[] = [];
    const definition = defineDestination({
      type: 'counting',
      config: anything,
      open: () => new CountingDestination(),
    });
    const plugins = { load: async () => definition } as unknown as Plugins;
    const wrapped = await pluginsWithBoundaries(plugins, (label) => labels.push(label)).load(
      'destination',
      'counting',
    );
    await (await wrapped.open({}, context)).peek({ key: 'k', table: 't' });
    expect(labels.at(-1)).toBe('after destination.peek');
  });

  test('returns a plug-in without effects as it is', () => {
    const definition = defineTransform({
      type: 'same',
      config: anything,
      open: () => (input) => ({ schema: input, apply: (batch) => ({ batch }) }),
    });
    expect(withBoundaries(definition, () => undefined)).toBe(definition);
  });
});
