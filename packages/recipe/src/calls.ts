import { child, type MapNode, type Node, plainText } from './node.js';

/** An entry of `use` as the step that it stands for. */
export function callStep(name: Node): MapNode {
  const { origin, level } = name;
  return { kind: 'map', entries: new Map([['use', { key: origin, value: name }]]), origin, level };
}

/**
 * The ids of a list of steps and calls: the written one, or for a call the macro's name, from its second call on with
 * `_2`, `_3`, … Undefined for a step without id.
 */
export function callIds(items: readonly Node[]): (string | undefined)[] {
  const counts = new Map<string, number>();
  return items.map((item) => {
    const macro = plainText(child(item, 'use'));
    const written = plainText(child(item, 'id'));
    if (macro === undefined) return written;
    const count = (counts.get(macro) ?? 0) + 1;
    counts.set(macro, count);
    return written ?? (count === 1 ? macro : `${macro}_${count}`);
  });
}
