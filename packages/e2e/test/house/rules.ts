import { posix } from 'node:path';
import type { HousePackage } from './house-package.js';
import { packageOf } from './imports-of.js';

/** A rule of the house: what breaks it, one sentence each. */
export type Rule = (house: readonly HousePackage[]) => string[];

const FLOORS: readonly (readonly [folder: RegExp, floor: number])[] = [
  [/^packages\/core$/, 0],
  [/^packages\/(?:toolkit|recipe|registry|duckdb-engine|object-store)$/, 1],
  [/^packages\/(?:state|format|transforms)-[a-z]+$/, 2],
  [/^packages\/cookbook$/, 2],
  [/^connectors\/[a-z0-9]+$/, 2],
  [/^packages\/engine$/, 3],
  [/^packages\/cli$/, 4],
  [/^packages\/datacook$/, 5],
];
/** Stand beside the house, and may look into all of it. */
const BESIDE = /^packages\/(?:testkit|create-connector|e2e|bench)$/;
/** An engine that several plug-ins share converts the columns that the toolkit builds. */
const SAME_FLOOR = new Set([
  '@datacook/duckdb-engine → @datacook/toolkit',
  '@datacook/object-store → @datacook/toolkit',
]);
/** Only the umbrella brings plug-ins along. */
const WITHOUT_PLUGINS = /^packages\/(?:engine|cli|recipe|registry|toolkit|core)$/;
/** Libraries that any package may take. All others are drivers and the like, and live in one package. */
const SHARED_LIBRARIES = new Set(['zod', 'yaml', 'fastest-levenshtein']);
/** All that a plug-in's configuration may load. */
const CONFIG_IMPORTS = new Set(['zod', '@datacook/core', '@datacook/toolkit']);

/** The floor of a package; undefined beside the house. */
function floorOf(item: HousePackage): number | undefined {
  return FLOORS.find(([folder]) => folder.test(item.folder))?.[1];
}

function dependenciesOf({ json }: HousePackage): string[] {
  const { dependencies, optionalDependencies, peerDependencies } = json;
  return Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies });
}

function importedPackages(item: HousePackage): { readonly file: string; readonly name: string }[] {
  return [...item.sources].flatMap(([file, imports]) =>
    imports.flatMap((specifier) => {
      const name = packageOf(specifier);
      return name === undefined ? [] : [{ file: `${item.folder}/src/${file}`, name }];
    }),
  );
}

const hasAFloor: Rule = (house) =>
  house
    .filter((item) => floorOf(item) === undefined && !BESIDE.test(item.folder))
    .map(({ folder }) => `${folder} has no floor: give it one in the rules`);

const dependsOnLowerFloors: Rule = (house) =>
  house.flatMap((item) => {
    const floor = floorOf(item);
    if (floor === undefined) return [];
    return dependenciesOf(item).flatMap((name) => {
      const other = house.find(({ json }) => json.name === name);
      if (other === undefined || SAME_FLOOR.has(`${item.json.name} → ${name}`)) return [];
      const below = floorOf(other);
      if (below !== undefined && below < floor) return [];
      return [
        `${item.json.name} (floor ${floor}) depends on ${name} (${below === undefined ? 'beside the house' : `floor ${below}`})`,
      ];
    });
  });

const bringsNoPlugins: Rule = (house) => {
  const plugins = new Set(house.filter(({ json }) => json.datacook?.provides).map(({ json }) => json.name));
  return house
    .filter(({ folder }) => WITHOUT_PLUGINS.test(folder))
    .flatMap((item) =>
      dependenciesOf(item)
        .filter((name) => plugins.has(name))
        .map((name) => `${item.json.name} depends on the plug-in ${name}`),
    );
};

const importsWhatItDeclares: Rule = (house) =>
  house
    .filter(({ json }) => json.private !== true)
    .flatMap((item) => {
      const declared = new Set([...dependenciesOf(item), item.json.name]);
      return importedPackages(item)
        .filter(({ name }) => !declared.has(name))
        .map(({ file, name }) => `${file} imports ${name}, which its package.json does not declare`);
    });

const importsByExports: Rule = (house) =>
  house.flatMap((item) =>
    [...item.sources, ...item.tests].flatMap(([file, imports]) =>
      imports.flatMap((specifier) => {
        const other = house.find(({ json }) => json.name === packageOf(specifier));
        if (other === undefined) return [];
        const path = `.${specifier.slice(other.json.name.length)}`;
        return path in (other.json.exports ?? {})
          ? []
          : [`${item.folder}/…/${file} imports ${specifier}, which is not exported`];
      }),
    ),
  );

const staysInside: Rule = (house) =>
  house.flatMap((item) => {
    const files = [
      ...[...item.sources].map(([file, imports]) => ({ path: `src/${file}`, imports, inside: 'src/' })),
      ...[...item.tests].map(([file, imports]) => ({ path: `test/${file}`, imports, inside: '' })),
    ];
    return files.flatMap(({ path, imports, inside }) =>
      imports.flatMap((specifier) => {
        if (!specifier.startsWith('.')) return [];
        const target = posix.join(posix.dirname(path), specifier);
        const leaves = target.startsWith('..') || !target.startsWith(inside);
        return leaves ? [`${item.folder}/${path} imports ${specifier}, which lies outside`] : [];
      }),
    );
  });

const keepsDriversInOnePackage: Rule = (house) => {
  const own = new Set(house.map(({ json }) => json.name));
  const users = new Map<string, string[]>();
  for (const item of house.filter(({ folder }) => !BESIDE.test(folder))) {
    for (const name of dependenciesOf(item)) {
      // Whoever installs state-sql brings the driver of their database.
      if (item.json.peerDependenciesMeta?.[name]?.optional === true) continue;
      if (!own.has(name) && !SHARED_LIBRARIES.has(name))
        users.set(name, [...(users.get(name) ?? []), item.json.name]);
    }
  }
  return [...users]
    .filter(([, packages]) => packages.length > 1)
    .map(([name, packages]) => `${name} is a dependency of ${packages.join(' and of ')}`);
};

const loadsNoDriverForConfig: Rule = (house) =>
  house.flatMap((item) =>
    (item.json.datacook?.provides ?? []).flatMap(({ config }) => {
      const start = config.replace(/^\.\/dist\//, '').replace(/\.js$/, '.ts');
      if (!item.sources.has(start))
        return [`${item.json.name} provides ${config}, which no file of src becomes`];
      return [...importsFrom(item, start)]
        .filter((name) => !CONFIG_IMPORTS.has(name))
        .map((name) => `${item.folder}/src/${start} loads ${name}`);
    }),
  );

/** The packages that a file of `src` loads, through all that it imports. */
function importsFrom(item: HousePackage, start: string): Set<string> {
  const packages = new Set<string>();
  const seen = new Set<string>();
  const waiting = [start];
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (seen.has(file)) continue;
    seen.add(file);
    for (const specifier of item.sources.get(file) ?? []) {
      const name = packageOf(specifier);
      if (name !== undefined) packages.add(name);
      else if (specifier.startsWith('.')) {
        waiting.push(posix.join(posix.dirname(file), specifier).replace(/\.js$/, '.ts'));
      }
    }
  }
  return packages;
}

const isFitToPublish: Rule = (house) =>
  house
    .filter(({ json }) => json.private !== true)
    .flatMap(({ folder, json, files }) => {
      const entries = Object.entries(json.exports ?? {});
      const faults: readonly (readonly [boolean, string])[] = [
        [!files.includes('README.md'), 'has no README.md'],
        [!json.description, 'has no description'],
        [json.license !== 'Apache-2.0', 'has another license than Apache-2.0'],
        [json.type !== 'module', 'is not of type module'],
        [json.sideEffects !== false, 'does not say "sideEffects": false'],
        [json.engines?.node !== '>=20.19', 'does not say "engines": { "node": ">=20.19" }'],
        [json.exports?.['./package.json'] !== './package.json', 'does not export ./package.json'],
        [
          !['dist', 'README.md', 'LICENSE'].every((name) => json.files?.includes(name)),
          'does not list dist, README.md and LICENSE in "files"',
        ],
        [entries.every(([path]) => path === './package.json'), 'exports nothing'],
        [
          entries.some(
            ([path, target]) =>
              path !== './package.json' && (typeof target === 'string' || Object.keys(target)[0] !== 'types'),
          ),
          'has an export that does not begin with its types',
        ],
      ];
      return faults.flatMap(([isBroken, text]) => (isBroken ? [`${folder} ${text}`] : []));
    });

const usesNodePrefix: Rule = (house) =>
  house.flatMap((item) =>
    importedPackages(item)
      .filter(({ name }) =>
        ['fs', 'path', 'os', 'crypto', 'url', 'util', 'stream', 'events', 'zlib', 'child_process'].includes(
          name,
        ),
      )
      .map(({ file, name }) => `${file} imports ${name} without node:`),
  );

export const RULES: { readonly [rule: string]: Rule } = {
  'a package has a floor': hasAFloor,
  'a package depends on lower floors only, and on the testkit only for its tests': dependsOnLowerFloors,
  'neither the engine nor what it stands on nor the commands bring plug-ins': bringsNoPlugins,
  'a package imports what it declares': importsWhatItDeclares,
  'packages meet by what they export': importsByExports,
  'relative imports stay inside': staysInside,
  'a driver is a dependency of one package': keepsDriversInOnePackage,
  'a configuration loads no driver': loadsNoDriverForConfig,
  'a published package is fit to be published': isFitToPublish,
  "Node's own modules are imported with node:": usesNodePrefix,
};
