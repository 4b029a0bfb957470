import { between, type OnBoundary } from './boundary.js';

type Method = (this: unknown, ...parameters: unknown[]) => unknown;

/**
 * Puts boundaries around methods of an object, in place: of a driver's prototype, of a module's export. So a commit
 * can be cut in the middle, between its rows and its head. For child processes that a test starts; never in a plug-in.
 *
 * @param label What the boundaries are called, or a function of method, parameters and `this` that says it; undefined: none
 * for this call.
 * @returns Undoes it.
 * @throws TypeError if there is no such method: a driver that has changed must not leave a test without boundaries.
 */
export function patchBoundaries(
  object: object,
  methods: readonly string[],
  label: string | ((method: string, parameters: readonly unknown[], self: unknown) => string | undefined),
  onBoundary: OnBoundary,
): () => void {
  const target = object as { [method: string]: unknown };
  const originals = methods.map((method) => {
    const original = target[method];
    if (typeof original !== 'function') throw new TypeError(`there is no method ${method} to patch`);
    return [method, original as Method, Object.hasOwn(object, method)] as const;
  });
  for (const [method, original] of originals) {
    target[method] = function patched(this: unknown, ...parameters: unknown[]): unknown {
      const text = typeof label === 'string' ? `${label}.${method}` : label(method, parameters, this);
      if (text === undefined) return original.apply(this, parameters);
      return between(text, onBoundary, () => original.apply(this, parameters));
    };
  }
  return () => {
    for (const [method, original, isOwn] of originals) {
      if (isOwn) target[method] = original;
      else delete target[method];
    }
  };
}
