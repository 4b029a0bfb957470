import { type Entry, type Problem, unusableEntry, withNote, withProblem } from './entry.js';
import { officialPackage } from './official-plugins.js';
import { type PluginKey, parsePluginKey, pluginKey } from './roles.js';
import type { Root } from './roots.js';

/** What a key stands for: one entry, or several that are in conflict. */
export type Chosen = ReadonlyMap<PluginKey, readonly Entry[]>;

/** What a root's dependencies provide, with conflicts within the root settled by its pins, or told as problems. */
export function chooseInRoot(root: Root, entries: readonly Entry[]): Chosen {
  const byKey = new Map<PluginKey, Entry[]>();
  for (const entry of entries) {
    const key = keyOf(entry);
    const others = byKey.get(key) ?? [];
    // Two names of one folder are one package.
    if (entry.info.path !== undefined && others.some(({ info }) => info.path === entry.info.path)) continue;
    byKey.set(key, [...others, entry]);
  }
  const chosen = new Map<PluginKey, readonly Entry[]>();
  for (const [key, found] of byKey) chosen.set(key, chooseOne(root, key, found));
  for (const [key, pin] of root.pins) {
    if (!chosen.has(key)) chosen.set(key, [unusableEntry(key, { package: pin }, pinProblem(root, key, pin))]);
  }
  return chosen;
}

/** What all roots provide: the nearest one wins. */
export function chooseAmongRoots(roots: readonly { readonly root: Root; readonly chosen: Chosen }[]): Chosen {
  const result = new Map<PluginKey, readonly Entry[]>();
  const rootOf = new Map<PluginKey, Root>();
  for (const { root, chosen } of roots) {
    for (const [key, entries] of chosen) {
      const nearer = result.get(key);
      const [first] = entries;
      if (nearer === undefined) {
        result.set(key, entries);
        rootOf.set(key, root);
      } else if (isMissing(nearer) && !isMissing(entries)) {
        const note = `${rootOf.get(key)!.file} names ${nearer[0]!.info.package}, which is not installed; this is the one of ${root.file}`;
        result.set(
          key,
          entries.map((entry) => withNote(entry, note)),
        );
      } else if (nearer.length === 1 && !isMissing(entries) && nearer[0]!.info.path !== first!.info.path) {
        const { package: name, packageVersion } = first!.info;
        const note = `it stands before ${name} ${packageVersion} of ${root.file}`;
        result.set(key, [nearer[0]!.info.note === undefined ? withNote(nearer[0]!, note) : nearer[0]!]);
      }
    }
  }
  return result;
}

/** Marks plug-ins whose needs are not met, and those that need these. */
export function checkNeeds(chosen: Chosen): Chosen {
  const result = new Map(chosen);
  for (let changed = true; changed; ) {
    changed = false;
    for (const [key, entries] of result) {
      const [entry] = entries;
      if (entries.length !== 1 || entry!.problem !== undefined) continue;
      const problem = unmetNeed(entry!, result);
      if (problem === undefined) continue;
      result.set(key, [withProblem(entry!, problem)]);
      changed = true;
    }
  }
  return result;
}

export function keyOf(entry: Entry): PluginKey {
  return pluginKey(entry.info.role, entry.info.type);
}

function chooseOne(root: Root, key: PluginKey, found: readonly Entry[]): readonly Entry[] {
  const pin = root.pins.get(key);
  if (pin !== undefined) {
    const pinned = found.find((entry) => entry.info.package === pin);
    return pinned === undefined ? [withProblem(found[0]!, pinProblem(root, key, pin))] : [pinned];
  }
  const installed = found.filter((entry) => entry.isMissing === undefined);
  if (installed.length === 0) return found.slice(0, 1);
  return installed.length === 1
    ? installed
    : installed.map((entry) => withProblem(entry, conflict(root, key, installed)));
}

function conflict(root: Root, key: PluginKey, entries: readonly Entry[]): Problem {
  const names = entries.map(({ info }) => info.package);
  const pin = JSON.stringify({ plugins: { [key]: names[0] } });
  return {
    message: `${key} is provided by ${names.join(' and by ')}, which ${root.file} both names`,
    hint: `Say which one is meant in ${root.file}, by "datacook": ${pin}, or remove the other one.`,
  };
}

function pinProblem(root: Root, key: PluginKey, pin: string): Problem {
  return {
    message: `${root.file} pins ${key} to ${pin}, which is not installed there or does not provide it`,
    hint: `Correct datacook.plugins in ${root.file}, or run \`npm install ${pin}\`.`,
  };
}

function unmetNeed(entry: Entry, chosen: Chosen): Problem | undefined {
  for (const need of entry.info.needs) {
    const { role, type } = parsePluginKey(need)!;
    const found = chosen.get(pluginKey(role, type));
    const problem = found?.[0]?.problem;
    if (found !== undefined && problem === undefined) continue;
    const name = found?.[0]?.info.package ?? officialPackage(role, type);
    const install =
      name === undefined ? `Install a package that provides ${need}.` : `Run \`npm install ${name}\`.`;
    return problem === undefined
      ? { message: `it needs ${need}, which is not installed`, hint: install }
      : { message: `it needs ${need}, which can't be used: ${problem.message}`, hint: problem.hint };
  }
  return undefined;
}

function isMissing(entries: readonly Entry[]): boolean {
  return entries.every((entry) => entry.isMissing === true);
}
