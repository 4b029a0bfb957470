import { callIds, callStep } from './calls.js';
import type { Findings } from './finding.js';
import { streamName } from './merge.js';
import { child, type ListNode, type MapNode, type Node, withKey } from './node.js';
import { parsePath } from './path.js';
import { suggestion } from './suggest.js';

/**
 * Removes from what a level inherited what its `delete` names. A path that matches nothing is an error; in a recipe
 * that inherits nothing, a warning.
 */
export function applyDelete(
  inherited: MapNode,
  list: Node | undefined,
  inherits: boolean,
  findings: Findings,
): MapNode {
  if (list === undefined) return inherited;
  if (list.kind !== 'list') {
    findings.error('INVALID', 'expected a list of paths', {
      origin: list.origin,
      path: ['delete'],
      hint: 'as in `delete: [transform.steps]`',
    });
    return inherited;
  }
  let tree = inherited;
  list.items.forEach((item, index) => {
    const where = { origin: item.origin, path: ['delete', index] };
    if (item.kind !== 'scalar' || typeof item.value !== 'string') {
      findings.error('INVALID', 'expected a path, as transform.steps', where);
      return;
    }
    const path = item.value.includes('{{') ? undefined : parsePath(item.value);
    if (path === undefined || path === 'index') {
      const message = path === 'index' ? 'nothing is deleted by its index' : `\`${item.value}\` is no path`;
      const hint = 'write keys with dots between, a step by its id, a stream as source.streams["its.name"]';
      findings.error('DELETE', message, { ...where, hint });
      return;
    }
    const removed = remove(tree, path);
    if (removed.tree !== undefined) {
      tree = removed.tree as MapNode;
    } else if (inherits) {
      findings.error('DELETE', `there is no inherited ${item.value}`, { ...where, hint: removed.hint });
    } else {
      findings.warning('DELETE', `there is no inherited ${item.value}: this recipe extends none`, where);
    }
  });
  return tree;
}

interface Removal {
  readonly tree?: Node;
  readonly hint?: string | undefined;
}

function remove(tree: MapNode, path: readonly string[]): Removal {
  if (path.length === 3 && path[0] === 'transform' && path[1] === 'steps')
    return removeStep(tree, path[2] as string);
  return removeAt(tree, path, []);
}

function removeAt(node: Node, path: readonly string[], above: readonly string[]): Removal {
  const [key, ...rest] = path as [string, ...string[]];
  if (node.kind === 'list' && above.join('.') === 'source.streams') return removeStream(node, key, rest);
  if (node.kind !== 'map') return {};
  const entry = node.entries.get(key);
  if (entry === undefined) return { hint: suggestion(key, node.entries.keys(), 'inherited there') };
  if (rest.length === 0) return { tree: withKey(node, key, undefined) };
  const inner = removeAt(entry.value, rest, [...above, key]);
  return inner.tree === undefined ? inner : { tree: withKey(node, key, inner.tree) };
}

function removeStream(list: ListNode, name: string, rest: readonly string[]): Removal {
  const at = list.items.findIndex((item) => streamName(item) === name);
  if (at === -1)
    return {
      hint: suggestion(
        name,
        list.items.map(streamName).filter((name) => name !== undefined),
        'inherited streams',
      ),
    };
  if (rest.length === 0) return { tree: { ...list, items: list.items.toSpliced(at, 1) } };
  const inner = removeAt(list.items[at] as Node, rest, []);
  return inner.tree === undefined ? inner : { tree: { ...list, items: list.items.with(at, inner.tree) } };
}

/** A step, or a call of a macro, by its id. The calls that `transform.use` makes stand before all steps. */
function removeStep(tree: MapNode, id: string): Removal {
  const transform = child(tree, 'transform');
  if (transform?.kind !== 'map') return {};
  const use = child(transform, 'use');
  const steps = child(transform, 'steps');
  const calls = use?.kind === 'list' ? use.items : [];
  const items = steps?.kind === 'list' ? steps.items : [];
  const ids = callIds([...calls.map(callStep), ...items]);
  const at = ids.indexOf(id);
  if (at === -1)
    return {
      hint: suggestion(
        id,
        ids.filter((known) => known !== undefined),
        'inherited ids',
      ),
    };
  const changed =
    at < calls.length
      ? withKey(transform, 'use', { ...(use as ListNode), items: calls.toSpliced(at, 1) })
      : withKey(transform, 'steps', { ...(steps as ListNode), items: items.toSpliced(at - calls.length, 1) });
  return { tree: withKey(tree, 'transform', changed) };
}
