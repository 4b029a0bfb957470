import { realpathSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { type Findings, placeOf } from './finding.js';
import { child, type Level, type MapNode, type ScalarNode } from './node.js';
import { parseText } from './parse.js';
import { readSourceFile } from './source-file.js';

/** One recipe of the chain, as it was written. */
export interface Link {
  readonly level: Level;
  readonly root: MapNode;
  /** Whether it has something to inherit from: parents, or the recipe that it overlays. */
  readonly inherits: boolean;
  /** The recipe that was asked for, or an overlay; not their parents. */
  readonly own: boolean;
}

export interface Chain {
  /** From the base up; each file once. */
  readonly links: readonly Link[];
  /** All of it could be read. */
  readonly complete: boolean;
}

/** Reads a recipe's parents and overlays. `root` is the recipe itself, undefined if it couldn't be read. */
export function readChain(
  root: MapNode | undefined,
  level: Level,
  overlays: readonly string[],
  cwd: string,
  findings: Findings,
): Chain {
  const reader = new ChainReader(findings);
  if (root === undefined) reader.complete = false;
  else reader.add(root, level, false);
  for (const overlay of overlays) reader.addOverlay(resolve(cwd, overlay));
  reader.links.forEach((link, index) => {
    link.level.index = index;
  });
  return { links: reader.links, complete: reader.complete };
}

/** A file on the way from a recipe to its base, and what named its parent. */
interface Descendant {
  readonly level: Level;
  readonly names: ScalarNode;
}

class ChainReader {
  readonly links: Link[] = [];
  complete = true;
  readonly #findings: Findings;
  readonly #realPaths = new Map<string, string>();

  constructor(findings: Findings) {
    this.#findings = findings;
  }

  addOverlay(file: string): void {
    if (this.#has(file)) {
      this.complete = false;
      this.#findings.error('INVALID', `the overlay ${file} is already a part of the recipe`);
      return;
    }
    const root = this.#read(file, 'overlay');
    if (root !== undefined) this.add(root, root.level, true);
  }

  /** Adds a recipe on top of what is there, its parents below it. */
  add(root: MapNode, level: Level, overlay: boolean): void {
    const added: Link[] = [{ level, root, inherits: overlay || root.entries.has('extends'), own: true }];
    const below: Descendant[] = [];
    let current = root;
    for (let names = this.#parent(current); names !== undefined; names = this.#parent(current)) {
      below.push({ level: current.level, names });
      const file = resolve(current.level.directory, String(names.value));
      const at = below.findIndex((descendant) => this.#same(descendant.level.file, file));
      if (at !== -1) {
        this.#cycle(below.slice(at));
        break;
      }
      if (this.#has(file)) break;
      const parent = this.#read(file, 'parent recipe', names);
      if (parent === undefined) break;
      added.unshift({
        level: parent.level,
        root: parent,
        inherits: parent.entries.has('extends'),
        own: false,
      });
      current = parent;
    }
    this.links.push(...added);
  }

  #has(file: string): boolean {
    return this.links.some((link) => this.#same(link.level.file, file));
  }

  #same(a: string, b: string): boolean {
    return a === b || this.#realPath(a) === this.#realPath(b);
  }

  /** The file behind symbolic links; itself if there is none. */
  #realPath(file: string): string {
    let path = this.#realPaths.get(file);
    if (path === undefined) {
      try {
        path = realpathSync(file);
      } catch {
        path = file;
      }
      this.#realPaths.set(file, path);
    }
    return path;
  }

  #read(file: string, what: string, named?: ScalarNode): MapNode | undefined {
    const where = named === undefined ? {} : { origin: named.origin, path: ['extends'] };
    const text = readSourceFile(file, what, this.#findings, where);
    const level: Level = { file, directory: dirname(file), index: 0 };
    const root = text === undefined ? undefined : parseText(text, level, what, this.#findings);
    if (root === undefined) this.complete = false;
    return root;
  }

  /** What names a recipe's parent; undefined if it has none, or none that can be read. */
  #parent(root: MapNode): ScalarNode | undefined {
    const node = child(root, 'extends');
    if (node === undefined) return undefined;
    const text = node.kind === 'scalar' && typeof node.value === 'string' ? node.value : undefined;
    const where = { origin: node.origin, path: ['extends'] };
    if (node.kind === 'list') {
      this.#unsupported('several parents', where, 'let one parent extend the other');
    } else if (node.kind === 'map') {
      this.#unsupported('a parent with options', where, 'write its path alone');
    } else if (text === undefined || text.trim() === '') {
      this.complete = false;
      this.#findings.error('INVALID', 'names no parent', {
        ...where,
        hint: 'write the path of a recipe, relative to this file',
      });
    } else if (text.includes('{{')) {
      this.complete = false;
      this.#findings.error(
        'TEMPLATE',
        'no templates here: the parent must be known before any value is',
        where,
      );
    } else if (/^[a-z][a-z0-9+.-]+:\/\//i.test(text)) {
      this.#unsupported(`the remote parent ${text}`, where, 'copy it beside this recipe, and name its path');
    } else {
      return node as ScalarNode;
    }
    return undefined;
  }

  #unsupported(what: string, where: object, hint: string): void {
    this.complete = false;
    this.#findings.error('UNSUPPORTED', `${what}: not supported by this version`, { ...where, hint });
  }

  #cycle(round: readonly Descendant[]): void {
    this.complete = false;
    const first = round[0] as Descendant;
    const last = round.at(-1) as Descendant;
    const way = [...round.map(({ names }) => placeOf(names.origin)), first.level.file].join(' -> ');
    this.#findings.error('CYCLE', `a recipe can't be its own ancestor: ${way}`, {
      origin: last.names.origin,
      path: ['extends'],
      hint: 'remove one `extends` of this circle',
    });
  }
}
