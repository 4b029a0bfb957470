import type { Origin } from '@datacook/core';
import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Pair,
  type ParsedNode,
  type Scalar as YamlScalar,
} from 'yaml';
import type { Findings } from './finding.js';
import { MAX_ALIASED, MAX_DEPTH } from './limits.js';
import type { Entry, Level, MapNode, Node, ScalarNode } from './node.js';
import { coreValue, scalarValue } from './scalar.js';
import { withArticle } from './suggest.js';
import { reportUnquoted } from './unquoted.js';

const CORE = 'tag:yaml.org,2002:';
const OPERATORS = ['!replace', '!append', '!prepend'];

/** Converts a parsed document into nodes that know their places. Undefined, with findings, if it can't be a recipe. */
export function convertDocument(
  document: Document.Parsed,
  text: string,
  level: Level,
  originAt: (offset: number) => Origin,
  what: string,
  findings: Findings,
): MapNode | undefined {
  const converter = new Converter(text, level, originAt, findings);
  const root = converter.convert(document.contents as ParsedNode);
  if (converter.failed || root === undefined) return undefined;
  if (root.kind !== 'map') {
    const kind = root.kind === 'list' ? 'a list' : 'a single value';
    findings.error('SYNTAX', `${withArticle(what)} is a mapping of keys, and this is ${kind}`, {
      origin: root.origin,
    });
    return undefined;
  }
  return root;
}

interface Extent {
  readonly values: number;
  readonly depth: number;
}

class Converter {
  /** Something was reported after which the tree isn't what was meant. */
  failed = false;
  readonly #text: string;
  readonly #level: Level;
  readonly #originAt: (offset: number) => Origin;
  readonly #findings: Findings;
  readonly #anchors = new Map<string, Node | 'open' | undefined>();
  readonly #extents = new Map<Node, Extent>();
  #aliased = 0;

  constructor(text: string, level: Level, originAt: (offset: number) => Origin, findings: Findings) {
    this.#text = text;
    this.#level = level;
    this.#originAt = originAt;
    this.#findings = findings;
  }

  /** `key` is where the key stands that the value belongs to, `depth` how deep that is. */
  convert(yaml: ParsedNode | null, key?: Origin, depth = 0): Node | undefined {
    if (yaml === null) return undefined;
    const start = this.#originAt(yaml.range[0]);
    if (isAlias(yaml)) return this.#alias(yaml.source, start, depth);
    if (yaml.anchor !== undefined) this.#anchors.set(yaml.anchor, 'open');
    const node = isScalar(yaml)
      ? this.#scalar(yaml as YamlScalar.Parsed, start, key)
      : this.#collection(yaml, start, key, depth);
    if (yaml.anchor !== undefined) this.#anchors.set(yaml.anchor, node);
    return node;
  }

  #fail(
    code: 'SYNTAX' | 'TAG' | 'DUPLICATE_KEY' | 'TEMPLATE' | 'UNSUPPORTED' | 'INVALID',
    message: string,
    origin: Origin,
    hint?: string,
  ) {
    this.failed = true;
    this.#findings.error(code, message, { origin, hint });
    return undefined;
  }

  #alias(name: string, origin: Origin, depth: number): Node | undefined {
    const target = this.#anchors.get(name);
    if (target === 'open')
      return this.#fail('SYNTAX', `the alias *${name} stands inside what it stands for`, origin);
    if (target === undefined) {
      if (this.failed) return undefined;
      return this.#fail('SYNTAX', `there is no anchor &${name} before this alias`, origin);
    }
    const extent = this.#extents.get(target) ?? { values: 1, depth: 0 };
    // Said once: every alias after that would add too many as well.
    const isTooMany = this.#aliased > MAX_ALIASED;
    if (isTooMany) return undefined;
    this.#aliased += extent.values;
    if (this.#aliased > MAX_ALIASED)
      return this.#fail('SYNTAX', `the aliases of this file add more than ${MAX_ALIASED} values`, origin);
    if (extent.depth + depth > MAX_DEPTH)
      return this.#fail('SYNTAX', `nested more than ${MAX_DEPTH} levels deep`, origin);
    return target;
  }

  #scalar(yaml: YamlScalar.Parsed, start: Origin, key: Origin | undefined): Node | undefined {
    const source = String(yaml.source);
    const empty = yaml.value === null && source === '' && yaml.type === 'PLAIN';
    const base = {
      kind: 'scalar',
      level: this.#level,
      origin: empty && key !== undefined ? key : start,
    } as const;
    if (yaml.tag === '!literal') return { ...base, value: empty ? '' : source, literal: true };
    const value = yaml.tag === undefined ? scalarValue(yaml.value) : this.#tagged(yaml.tag, source, start);
    if (value === undefined) {
      if (yaml.tag !== undefined) return undefined;
      return this.#fail(
        'INVALID',
        `${source} is no number that a recipe can hold`,
        start,
        'put it in quotes if it is meant as text',
      );
    }
    return { ...base, value, ...(empty ? { empty: true } : {}) };
  }

  #tagged(tag: string, source: string, origin: Origin): ReturnType<typeof coreValue> {
    const value = coreValue(tag.startsWith(CORE) ? tag.slice(CORE.length) : tag, source);
    if (value === undefined) this.#unknownTag(tag, origin);
    return value;
  }

  #unknownTag(tag: string, origin: Origin): void {
    const shown = tag.startsWith(CORE) ? `!!${tag.slice(CORE.length)}` : tag;
    if (OPERATORS.includes(shown)) {
      this.#fail(
        'UNSUPPORTED',
        `${shown} is not supported by this version`,
        origin,
        'remove the inherited value with `delete`, and write the whole one',
      );
    } else {
      this.#fail(
        'TAG',
        `the tag ${shown} can't stand here`,
        origin,
        "recipes know YAML's core tags, which fit their value, and !literal",
      );
    }
  }

  #collection(yaml: ParsedNode, start: Origin, key: Origin | undefined, depth: number): Node | undefined {
    const expected = isMap(yaml) ? `${CORE}map` : `${CORE}seq`;
    if (yaml.tag !== undefined && yaml.tag !== expected) {
      this.#unknownTag(yaml.tag, start);
      return undefined;
    }
    const base = { level: this.#level, origin: key ?? start } as const;
    if (isSeq(yaml)) {
      const items: Node[] = [];
      for (const item of yaml.items) {
        const node = this.convert(item as ParsedNode, undefined, depth + 1);
        if (node !== undefined) items.push(node);
      }
      return this.#measured({ ...base, kind: 'list', items }, items);
    }
    if (!isMap(yaml)) return undefined;
    const entries = new Map<string, Entry>();
    for (const pair of yaml.items) this.#pair(pair as Pair<ParsedNode, ParsedNode | null>, entries, depth);
    return this.#measured(
      this.#literalMap(entries) ?? { ...base, kind: 'map', entries },
      [...entries.values()].map(({ value }) => value),
    );
  }

  #measured<T extends Node>(node: T, inner: readonly Node[]): T {
    let values = 1;
    let depth = 0;
    for (const part of inner) {
      const extent = this.#extents.get(part) ?? { values: 1, depth: 0 };
      values += extent.values;
      depth = Math.max(depth, extent.depth + 1);
    }
    this.#extents.set(node, { values, depth });
    return node;
  }

  #pair(pair: Pair<ParsedNode, ParsedNode | null>, entries: Map<string, Entry>, depth: number): void {
    const origin = this.#originAt(pair.key.range[0]);
    const name = this.#key(pair.key, origin);
    if (name === undefined) return;
    const earlier = entries.get(name);
    if (earlier !== undefined) {
      this.#fail(
        'DUPLICATE_KEY',
        `\`${name}\` stands here twice; first at line ${earlier.key.line}`,
        origin,
        'remove one of the two',
      );
      return;
    }
    const value =
      pair.value === null
        ? ({ kind: 'scalar', value: null, empty: true, level: this.#level, origin } as const)
        : this.convert(pair.value, origin, depth + 1);
    if (value !== undefined) entries.set(name, { key: origin, value });
  }

  #key(yaml: ParsedNode, origin: Origin): string | undefined {
    if (isMap(yaml) && this.#text.startsWith('{', yaml.range[0])) {
      this.failed = true;
      reportUnquoted(this.#originAt(this.#text.lastIndexOf('{', yaml.range[0] - 1)), this.#findings);
      return undefined;
    }
    const scalar = isAlias(yaml) ? this.#alias(yaml.source, origin, 0) : undefined;
    if (scalar?.kind === 'scalar') return this.#named(String(scalar.value), origin);
    if (!isScalar(yaml)) return this.#fail('SYNTAX', 'a key is a single word or text', origin);
    if (yaml.tag !== undefined && yaml.tag !== `${CORE}str`) {
      this.#unknownTag(yaml.tag, origin);
      return undefined;
    }
    if (yaml.anchor !== undefined)
      this.#anchors.set(yaml.anchor, this.#scalar(yaml as YamlScalar.Parsed, origin, undefined));
    const source = String(yaml.source ?? '');
    if (yaml.type === 'PLAIN' && source === '')
      return this.#fail('SYNTAX', 'there is no key before this colon', origin);
    if (yaml.type === 'PLAIN' && source === '<<')
      return this.#fail(
        'SYNTAX',
        "YAML's merge key << is not for recipes",
        origin,
        'put what is common into a recipe of its own, and name it under `extends`',
      );
    return this.#named(source, origin);
  }

  #named(name: string, origin: Origin): string | undefined {
    if (name === '__proto__') return this.#fail('SYNTAX', "`__proto__` can't be a key", origin);
    if (name.includes('{{'))
      return this.#fail('TEMPLATE', 'templates stand in values, not in keys', origin, 'write the key out');
    return name;
  }

  /** `{ $literal: text }`, which is `!literal text` in JSON. */
  #literalMap(entries: ReadonlyMap<string, Entry>): ScalarNode | undefined {
    const literal = entries.get('$literal')?.value;
    if (literal?.kind !== 'scalar' || entries.size !== 1 || typeof literal.value !== 'string')
      return undefined;
    return {
      kind: 'scalar',
      value: literal.value,
      literal: true,
      origin: literal.origin,
      level: this.#level,
    };
  }
}
