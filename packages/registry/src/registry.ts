import {
  type ConfigParser,
  DatacookError,
  type Definition,
  type PluginInfo,
  type Plugins,
  type Role,
} from '@datacook/core';
import { type Chosen, keyOf } from './choose.js';
import type { Entry } from './entry.js';
import { type PluginKey, pluginKey, ROLES } from './roles.js';
import { unknownTypeError } from './unknown-type.js';

/** Plug-ins that were found or handed in. Each is loaded when it is first asked for, once. */
export class Registry implements Plugins {
  readonly #entries: Chosen;
  readonly #base: Plugins | undefined;
  readonly #configs = new Map<PluginKey, Promise<ConfigParser>>();
  readonly #definitions = new Map<PluginKey, Promise<Definition>>();

  /** Of what `entries` doesn't have, `base` is asked. */
  constructor(entries: Chosen, base?: Plugins) {
    this.#entries = entries;
    this.#base = base;
  }

  /** By role and type. Of those in conflict each is listed. Loads nothing. */
  list(): readonly PluginInfo[] {
    const own = [...this.#entries.values()].flat().map(toInfo);
    const others =
      this.#base?.list().filter(({ role, type }) => !this.#entries.has(pluginKey(role, type))) ?? [];
    return [...own, ...others].sort(
      (one, other) => ROLES.indexOf(one.role) - ROLES.indexOf(other.role) || (one.type < other.type ? -1 : 1),
    );
  }

  /**
   * Throws CONFIG, all of it being knowable without contacting a system: nothing of that type is installed (the hint
   * has what is, near misses and the install line), or what is can't be used.
   */
  find(role: Role, type: string): PluginInfo {
    const entry = this.#entry(role, type);
    return entry === undefined ? this.#base!.find(role, type) : toInfo(entry);
  }

  async config(role: Role, type: string): Promise<ConfigParser> {
    const entry = this.#entry(role, type);
    if (entry === undefined) return this.#base!.config(role, type);
    return once(this.#configs, keyOf(entry), () => entry.config());
  }

  async load<R extends Role>(role: R, type: string): Promise<Definition<R>> {
    const entry = this.#entry(role, type);
    if (entry === undefined) return this.#base!.load(role, type);
    const definition = await once(this.#definitions, keyOf(entry), () => entry.load());
    return definition as unknown as Definition<R>;
  }

  /** Its own entry; undefined if the base has one. */
  #entry(role: Role, type: string): Entry | undefined {
    const [entry] = this.#entries.get(pluginKey(role, type)) ?? [];
    if (entry === undefined) {
      if (this.#base?.list().some((info) => info.role === role && info.type === type)) return undefined;
      throw unknownTypeError(role, type, (other) => this.#usableTypes(other));
    }
    if (entry.problem === undefined) return entry;
    throw new DatacookError(
      'CONFIG',
      `the plug-in ${role}:${type} of ${entry.info.package} can't be used: ${entry.problem.message}`,
      { hint: entry.problem.hint, details: { role, type, package: entry.info.package } },
    );
  }

  #usableTypes(role: Role): string[] {
    return this.list().flatMap((info) =>
      info.role === role && info.problem === undefined ? [info.type] : [],
    );
  }
}

function toInfo({ info, problem }: Entry): PluginInfo {
  return problem === undefined ? info : { ...info, problem: `${problem.message}. ${problem.hint}` };
}

function once<T>(cache: Map<PluginKey, Promise<T>>, key: PluginKey, make: () => Promise<T>): Promise<T> {
  let made = cache.get(key);
  if (made === undefined) {
    made = make();
    cache.set(key, made);
  }
  return made;
}
