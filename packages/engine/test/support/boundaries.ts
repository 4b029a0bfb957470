import type { Definition, Role } from '@datacook/core';

/** Called before and after each effect, with `before destination.claim` and the like; what it awaits, the run awaits. */
export type Gate = (label: string) => Promise<void> | void;

/** The same plug-in, whose effects stand between gates: those of its writers, and each item that is read, too. */
export function gatedDefinition<R extends Role>(definition: Definition<R>, gate: Gate): Definition<R> {
  const open = definition.open as (...given: unknown[]) => object;
  const opened = async (...given: unknown[]) => {
    await gate(`before ${definition.role}.open`);
    return gated(definition.role, await open(...given), gate);
  };
  return { ...definition, open: opened as never };
}

/** The same object, whose methods stand between gates. */
export function gated<T extends object>(name: string, object: T, gate: Gate): T {
  return new Proxy(object, {
    get(target, property) {
      const method = Reflect.get(target, property) as unknown;
      if (typeof method !== 'function' || typeof property === 'symbol') return method;
      const call = (given: unknown[]) => (method as (...given: unknown[]) => unknown).apply(target, given);
      const label = `${name}.${property}`;
      if (property === 'finish') return (...given: unknown[]) => call(given);
      if (property === 'read')
        return (...given: unknown[]) => items(label, call(given) as AsyncIterable<unknown>, gate);
      if (property === 'list') return (...given: unknown[]) => call(given);
      return async (...given: unknown[]) => {
        const text = name === 'state' ? `${label} ${String(given[0])}` : label;
        await gate(`before ${text}`);
        const result = await call(given);
        await gate(`after ${text}`);
        return property === 'openWriter' ? gated('writer', result as object, gate) : result;
      };
    },
  });
}

async function* items(label: string, from: AsyncIterable<unknown>, gate: Gate): AsyncIterable<unknown> {
  await gate(`before ${label}`);
  for await (const item of from) {
    yield item;
    await gate(`before ${label}`);
  }
}
