import { child, type Node, plainText } from './node.js';

/** The macro that an entry of `use`, or a step, calls; undefined if it is no call. */
export function calledMacro(item: Node): Node | undefined {
  return item.kind === 'map' ? child(item, 'use') : item;
}

/**
 * The ids of a list of steps and calls: the written one, or for a call the macro's name, from its second call on with
 * `_2`, `_3`, … Undefined for a step without id.
 */
export function callIds(items: readonly Node[]): (string | undefined)[] {
  const counts = new Map<string, number>();
  return items.map((item) => {
    const macro = plainText(calledMacro(item));
    const written = plainText(child(item, 'id'));
    if (macro === undefined) return written;
    const count = (counts.get(macro) ?? 0) + 1;
    counts.set(macro, count);
    return written ?? (count === 1 ? macro : `${macro}_${count}`);
  });
}
