import { type Findings, placeOf } from './finding.js';
import { streamName } from './merge.js';
import { child, type ListNode, type MapNode, type Node, withKey, withoutKeys } from './node.js';

const OPERATORS = ['$replace', '$append', '$prepend'];
const EDITS = ['replace', 'before', 'after', 'remove'];

/** Refuses, level by level, what this version does not support, and returns the level without it. */
export function checkLevel(root: MapNode, findings: Findings): MapNode {
  let tree = root;
  const final = tree.entries.get('final');
  if (final !== undefined) {
    unsupported('`final`', { origin: final.key, path: ['final'] }, 'remove it');
    tree = withoutKeys(tree, ['final']);
  }
  tree = withoutOperators(tree, []) as MapNode;
  const macros = child(tree, 'macros');
  if (macros?.kind === 'map') tree = withKey(tree, 'macros', checkMacros(macros));
  const transform = child(tree, 'transform');
  if (transform?.kind === 'map') tree = withKey(tree, 'transform', checkTransform(transform, ['transform']));
  const source = child(tree, 'source');
  const streams = child(source, 'streams');
  if (source?.kind === 'map' && streams?.kind === 'list') {
    tree = withKey(tree, 'source', withKey(source, 'streams', checkStreams(streams)));
  }
  return tree;

  function unsupported(what: string, where: object, hint?: string): void {
    findings.error('UNSUPPORTED', `${what}: not supported by this version`, { ...where, hint });
  }

  function withoutOperators(node: Node, path: readonly (string | number)[]): Node {
    if (node.kind === 'list')
      return { ...node, items: node.items.map((item, index) => withoutOperators(item, [...path, index])) };
    if (node.kind !== 'map') return node;
    const operator = OPERATORS.find((name) => node.entries.has(name));
    if (operator !== undefined && node.entries.size === 1) {
      unsupported(
        operator,
        { origin: node.entries.get(operator)?.key, path },
        'remove what is inherited with `delete`, and write the whole value',
      );
      const inner = child(node, operator) as Node;
      return path.length === 0 && inner.kind !== 'map' ? withoutKeys(node, [operator]) : inner;
    }
    const entries = new Map(node.entries);
    for (const [key, entry] of entries) {
      if (path.length > 0 || key !== 'tests')
        entries.set(key, { ...entry, value: withoutOperators(entry.value, [...path, key]) });
    }
    return { ...node, entries };
  }

  function checkMacros(macros: MapNode): MapNode {
    let checked = macros;
    for (const [name, entry] of macros.entries) {
      const path = ['macros', name];
      if (entry.value.kind === 'map') {
        unsupported(
          'a macro with parameters',
          { origin: entry.key, path },
          'write the macro as a plain list of steps',
        );
        checked = withKey(checked, name, { ...entry.value, kind: 'list', items: [] });
      } else if (entry.value.kind === 'list') {
        checked = withKey(checked, name, checkSteps(entry.value, path));
      }
    }
    return checked;
  }

  function checkTransform(transform: MapNode, path: readonly (string | number)[]): MapNode {
    let checked = transform;
    const use = child(transform, 'use');
    const steps = child(transform, 'steps');
    if (use?.kind === 'list') {
      const items = use.items.filter((item, index) => {
        if (item.kind !== 'map' || !(item.entries.has('macro') || item.entries.has('with'))) return true;
        unsupported(
          'a macro with parameters',
          { origin: item.origin, path: [...path, 'use', index] },
          'name the macro alone',
        );
        return false;
      });
      checked = withKey(checked, 'use', { ...use, items });
    }
    return steps?.kind === 'list'
      ? withKey(checked, 'steps', checkSteps(steps, [...path, 'steps']))
      : checked;
  }

  function checkSteps(steps: ListNode, path: readonly (string | number)[]): ListNode {
    const items = steps.items.filter((item, index) => {
      if (item.kind !== 'map') return true;
      const edit = EDITS.find((word) => item.entries.has(word));
      if (edit !== undefined) {
        unsupported(
          `editing a step by \`${edit}\``,
          { origin: item.entries.get(edit)?.key, path: [...path, index] },
          'remove the inherited step with `delete`, and write it anew',
        );
        return false;
      }
      if (!item.entries.has('use') || !item.entries.has('with')) return true;
      unsupported('a macro with parameters', {
        origin: item.entries.get('with')?.key,
        path: [...path, index],
      });
      return false;
    });
    return { ...steps, items };
  }

  function checkStreams(streams: ListNode): ListNode {
    const seen = new Map<string, Node>();
    const items = streams.items.map((item, index) => {
      const path = ['source', 'streams', index];
      const name = streamName(item);
      const earlier = name === undefined ? undefined : seen.get(name);
      if (earlier !== undefined) {
        findings.error(
          'INVALID',
          `the stream ${name} stands here twice; first at ${placeOf(earlier.origin)}`,
          { origin: item.origin, path },
        );
      }
      if (name !== undefined) seen.set(name, item);
      const transform = child(item, 'transform');
      return item.kind === 'map' && transform?.kind === 'map'
        ? withKey(item, 'transform', checkTransform(transform, [...path, 'transform']))
        : item;
    });
    return { ...streams, items };
  }
}
