import type { Path } from '@datacook/core';
import { callIds, callStep } from './calls.js';
import { type Findings, placeOf } from './finding.js';
import { MAX_STEPS } from './limits.js';
import { child, type ListNode, type MapNode, type Node, plainText, withKey, withoutKeys } from './node.js';
import { suggestion } from './suggest.js';

/**
 * Puts the steps of macros in the place of their calls; those that `transform.use` makes stand before all steps.
 * Late: the macros are those of the whole chain. A fragment may call a macro that only a child defines; such a call
 * stays as it is.
 */
export function expandMacros(root: MapNode, fragment: boolean, findings: Findings): MapNode {
  const expansion = new Expansion(child(root, 'macros'), fragment, findings);
  expansion.checkMacros();
  let tree = root;
  const transform = child(tree, 'transform');
  if (transform?.kind === 'map')
    tree = withKey(tree, 'transform', expansion.transform(transform, ['transform']));
  const source = child(tree, 'source');
  const streams = child(source, 'streams');
  if (source?.kind === 'map' && streams?.kind === 'list') {
    const items = streams.items.map((stream, index) => {
      const own = child(stream, 'transform');
      return stream.kind === 'map' && own?.kind === 'map'
        ? withKey(stream, 'transform', expansion.transform(own, ['source', 'streams', index, 'transform']))
        : stream;
    });
    tree = withKey(tree, 'source', withKey(source, 'streams', { ...streams, items }));
  }
  return tree;
}

/** A macro that is being expanded, and where it was called. */
interface Call {
  readonly name: string;
  readonly node: Node;
}

class Expansion {
  readonly #macros: Node | undefined;
  readonly #fragment: boolean;
  readonly #findings: Findings;
  readonly #rounds = new Set<string>();
  #steps = 0;

  constructor(macros: Node | undefined, fragment: boolean, findings: Findings) {
    this.#macros = macros;
    this.#fragment = fragment;
    this.#findings = findings;
  }

  /** Finds circles also in macros that nothing calls. */
  checkMacros(): void {
    if (this.#macros?.kind !== 'map') return;
    for (const [name, { value }] of this.#macros.entries) {
      if (value.kind !== 'list') continue;
      this.#steps = 0;
      this.#expand(value.items, '', [{ name, node: value }], ['macros', name]);
    }
    this.#steps = 0;
  }

  transform(transform: MapNode, path: Path): MapNode {
    const use = child(transform, 'use');
    const steps = child(transform, 'steps');
    if (use === undefined && steps?.kind !== 'list') return transform;
    if (steps !== undefined && steps.kind !== 'list') return withoutKeys(transform, ['use']);
    if (use !== undefined && use.kind !== 'list') {
      this.#findings.error('INVALID', 'expected a list of macros', {
        origin: use.origin,
        path: [...path, 'use'],
        hint: 'as in `use: [audit]`',
      });
    }
    const names =
      use?.kind === 'list'
        ? use.items.filter((item, index) => this.#isName(item, [...path, 'use', index]))
        : [];
    const calls = names.map(callStep);
    const items = this.#expand([...calls, ...(steps?.items ?? [])], '', [], [...path, 'steps']);
    const list: ListNode = { ...((steps ?? use) as Node), kind: 'list', items } as ListNode;
    return withKey(withoutKeys(transform, ['use']), 'steps', list);
  }

  #isName(item: Node, path: Path): boolean {
    if (plainText(item) !== undefined) return true;
    this.#findings.error('INVALID', 'expected the name of a macro', { origin: item.origin, path });
    return false;
  }

  #expand(items: readonly Node[], prefix: string, calls: readonly Call[], path: Path): Node[] {
    const ids = callIds(items);
    this.#checkIds(items, ids, path);
    return items.flatMap((item, index) => {
      const at = [...path, index];
      const macro = child(item, 'use');
      if (item.kind !== 'map' || macro === undefined)
        return this.#count(withId(item, prefix, ids[index]), at);
      return this.#call(item, macro, `${prefix}${ids[index]}.`, calls, at) ?? this.#count(item, at);
    });
  }

  #count(item: Node, path: Path): Node[] {
    this.#steps += 1;
    if (this.#steps === MAX_STEPS + 1)
      this.#findings.error('MACRO', `the recipe has more than ${MAX_STEPS} steps`, {
        origin: item.origin,
        path,
      });
    return this.#steps > MAX_STEPS ? [] : [item];
  }

  /** The steps of one call; undefined if the macro can't be had and the call stays. */
  #call(item: MapNode, named: Node, prefix: string, calls: readonly Call[], path: Path): Node[] | undefined {
    const where = { origin: named.origin, path };
    const name = plainText(named);
    if (name === undefined) {
      this.#findings.error('INVALID', 'expected the name of a macro', where);
      return [];
    }
    this.#checkCall(item, path);
    const round = calls.findIndex((call) => call.name === name);
    if (round !== -1) {
      const way = [...calls.slice(round), { name, node: named }].map((call, index) =>
        index === 0 ? call.name : `${call.name} (${placeOf(call.node.origin)})`,
      );
      const members = calls.slice(round).map((call) => call.name);
      if (this.#isKnownRound(members)) return [];
      this.#findings.error('CYCLE', `a macro can't use itself: ${way.join(' -> ')}`, where);
      return [];
    }
    const macro = child(this.#macros, name);
    if (macro === undefined) {
      const known = this.#macros?.kind === 'map' ? this.#macros.entries.keys() : [];
      const hint = suggestion(name, known, 'macros') ?? 'define it under `macros`, here or in a parent';
      this.#findings.add(this.#fragment ? 'warning' : 'error', 'MACRO', `there is no macro ${name}`, {
        ...where,
        hint,
      });
      return undefined;
    }
    if (macro.kind !== 'list') return [];
    if (this.#steps > MAX_STEPS) return [];
    return this.#expand(macro.items, prefix, [...calls, { name, node: named }], path);
  }

  #checkCall(item: MapNode, path: Path): void {
    for (const [key, entry] of item.entries) {
      if (key === 'use' || key === 'id') continue;
      const message = key === 'type' ? 'a step has a `type` or a `use`, not both' : 'unknown key';
      this.#findings.error('UNKNOWN_KEY', message, {
        origin: entry.key,
        path: [...path, key],
        hint: 'a call of a macro has `use`, and perhaps an `id`',
      });
    }
  }

  /** A circle is reported once, wherever it is entered. */
  #isKnownRound(members: readonly string[]): boolean {
    const key = JSON.stringify(members.toSorted());
    if (this.#rounds.has(key)) return true;
    this.#rounds.add(key);
    return false;
  }

  #checkIds(items: readonly Node[], ids: readonly (string | undefined)[], path: Path): void {
    const seen = new Map<string, Node>();
    items.forEach((item, index) => {
      const written = child(item, 'id');
      const at = [...path, index];
      if (written !== undefined && !plainText(written)) {
        this.#findings.error('INVALID', 'an id is text, and no template', {
          origin: written.origin,
          path: [...at, 'id'],
        });
        return;
      }
      const id = ids[index];
      if (id === undefined) return;
      const node = written ?? item;
      const earlier = seen.get(id);
      if (earlier === undefined) seen.set(id, node);
      else
        this.#findings.error(
          'MACRO',
          `the id ${id} is taken by another step, at ${placeOf(earlier.origin)}`,
          {
            origin: node.origin,
            path: at,
            hint: 'ids are unique in the resolved recipe: choose another one',
          },
        );
    });
  }
}

/** A macro's step bears the id of the call before its own. */
function withId(item: Node, prefix: string, id: string | undefined): Node {
  const written = child(item, 'id');
  if (prefix === '' || id === undefined || item.kind !== 'map' || written?.kind !== 'scalar') return item;
  return withKey(item, 'id', { ...written, value: `${prefix}${id}` });
}
