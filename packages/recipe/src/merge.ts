import type { Path } from '@datacook/core';
import { type Findings, placeOf } from './finding.js';
import { child, type Entry, type ListNode, type MapNode, type Node, plainText, withKey } from './node.js';
import { formatPath } from './path.js';

/** Lays a level's keys on what it inherits, by the rules of the language. What can't be laid on becomes a finding. */
export function mergeNodes(inherited: Node, own: Node, path: Path, findings: Findings): Node {
  if (inherited.kind === 'map' && own.kind === 'map') return mergeMappings(inherited, own, path, findings);
  if (inherited.kind === 'list' && own.kind === 'list') return mergeLists(inherited, own, path, findings);
  if (inherited.kind === 'scalar' && own.kind === 'scalar') return laidOn(own, inherited);
  reportKinds(inherited, own, path, findings);
  return own.kind === 'scalar' && own.value === null ? inherited : laidOn(own, inherited);
}

function mergeMappings(inherited: MapNode, own: MapNode, path: Path, findings: Findings): MapNode {
  const entries = new Map<string, Entry>(inherited.entries);
  for (const [key, entry] of own.entries) {
    const below = inherited.entries.get(key);
    const value =
      below === undefined ? entry.value : mergeNodes(below.value, entry.value, [...path, key], findings);
    entries.set(key, { key: entry.key, value });
  }
  return { ...laidOn(own, inherited), entries };
}

/** A value that knows what it was laid on. What was said before of both parts is the inherited one's, below its own. */
function laidOn<T extends Node>(own: T, inherited: Node): T {
  return { ...own, overrode: own.overrode === undefined ? inherited : laidOn(own.overrode, inherited) };
}

function mergeLists(inherited: ListNode, own: ListNode, path: Path, findings: Findings): ListNode {
  const rule = listRule(path);
  if (rule === 'concatenate') return { ...laidOn(own, inherited), items: [...inherited.items, ...own.items] };
  if (rule === 'by name') return mergeStreams(inherited, own, path, findings);
  if (path.length === 2 && path[0] === 'transform' && path[1] === 'use')
    warnOfDropped(inherited, own, path, findings);
  return laidOn(own, inherited);
}

function listRule(path: Path): 'concatenate' | 'by name' | 'replace' {
  const inStream = path.length === 5 && path[0] === 'source' && path[1] === 'streams';
  const at = inStream ? path.slice(3) : path;
  if (at.length !== 2) return 'replace';
  if (at[0] === 'transform' && at[1] === 'steps') return 'concatenate';
  return at[0] === 'source' && at[1] === 'streams' && !inStream ? 'by name' : 'replace';
}

/** Streams of the same name become one, at the inherited place; others are added. A pattern stands once. */
function mergeStreams(inherited: ListNode, own: ListNode, path: Path, findings: Findings): ListNode {
  const items = [...inherited.items];
  for (const item of own.items) {
    const name = streamName(item);
    const at = name === undefined ? -1 : items.findIndex((other) => streamName(other) === name);
    if (at === -1) items.push(item);
    else if (item.kind === 'map') items[at] = mergeNodes(items[at] as Node, item, [...path, at], findings);
  }
  return { ...laidOn(own, inherited), items };
}

/** The name that a stream is merged by; of a pattern, the pattern. */
export function streamName(stream: Node): string | undefined {
  if (stream.kind !== 'map') return plainText(stream);
  const name = child(stream, 'name');
  return name?.kind === 'scalar' && typeof name.value === 'string' ? name.value : undefined;
}

function warnOfDropped(inherited: ListNode, own: ListNode, path: Path, findings: Findings): void {
  const kept = own.items.map(plainText);
  const dropped = inherited.items.filter(
    (item) => plainText(item) !== undefined && !kept.includes(plainText(item)),
  );
  if (dropped.length === 0) return;
  const names = dropped.map((item) => `${plainText(item)} (${placeOf(item.origin)})`).join(', ');
  findings.warning('MERGE', `replaces the inherited list, which drops ${names}`, {
    origin: own.origin,
    path,
    hint: 'name it here too if it should stay',
  });
}

const KINDS = { map: 'a mapping', list: 'a list', scalar: 'a single value' } as const;

function reportKinds(inherited: Node, own: Node, path: Path, findings: Findings): void {
  const place = placeOf(inherited.origin);
  const name = formatPath(path);
  if (own.kind === 'scalar' && own.empty === true) {
    findings.error(
      'MERGE',
      `left empty, over ${KINDS[inherited.kind]} at ${place}: an empty key deletes nothing`,
      {
        origin: own.origin,
        path,
        hint: `leave the key out to inherit, or write \`delete: [${name}]\` to remove what is inherited`,
      },
    );
    return;
  }
  findings.error('MERGE', `${KINDS[own.kind]} here can't be laid on ${KINDS[inherited.kind]} at ${place}`, {
    origin: own.origin,
    path,
    hint: `write \`delete: [${name}]\` beside it, to remove what is inherited`,
  });
}

/** Lays `runtime` on `default_runtime`, which then is gone. */
export function foldDefaultRuntime(root: MapNode, findings: Findings): MapNode {
  const weak = child(root, 'default_runtime');
  if (weak === undefined) return root;
  const strong = child(root, 'runtime');
  const runtime = strong === undefined ? weak : mergeNodes(weak, strong, ['runtime'], findings);
  const key = root.entries.get('default_runtime')?.key ?? weak.origin;
  const folded = withKey(root, 'runtime', runtime);
  const entries = new Map(folded.entries);
  entries.delete('default_runtime');
  if (strong === undefined) entries.set('runtime', { key, value: runtime });
  return { ...folded, entries };
}
