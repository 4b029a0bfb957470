#!/usr/bin/env node
// Writes the manifest of a plug-in package: what its modules define, and the JSON Schema of their configuration.
// Run in the package's folder, after the build. What package.json says and what the modules say must agree.
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, isAbsolute, relative, resolve } from 'node:path';
import process from 'node:process';
import { pathToFileURL } from 'node:url';

const CONTRACT = 1;
const MANIFEST_VERSION = 1;
const ROLES = ['source', 'destination', 'state', 'transform', 'format'];
const KEYS = ['role', 'type', 'module', 'config'];

/** A defect of the package, told without a stack. */
class ManifestError extends Error {}

function fail(message) {
  throw new ManifestError(message);
}

const show = (value) => JSON.stringify(value) ?? 'nothing';

const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);

async function readPackage(folder) {
  const path = resolve(folder, 'package.json');
  let text;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    fail(
      `There is no readable package.json in ${folder} (${error.code}). Run datacook-manifest in a package's folder.`,
    );
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    fail(`${path} is no JSON: ${error.message}`);
  }
}

function checkPackage(manifest) {
  const { name, version, datacook } = manifest;
  if (typeof name !== 'string' || typeof version !== 'string')
    fail('package.json needs a "name" and a "version".');
  if (!isObject(datacook)) fail('package.json has no "datacook" object, so there is no plug-in to describe.');
  if (datacook.contract !== CONTRACT) {
    fail(
      `package.json says "datacook.contract": ${show(datacook.contract)}, but this tool knows contract ${CONTRACT}.`,
    );
  }
  if (typeof datacook.manifest !== 'string')
    fail('package.json needs "datacook.manifest": "./dist/manifest.json".');
  if (!Array.isArray(datacook.provides) || datacook.provides.length === 0) {
    fail('package.json needs "datacook.provides": a list of { role, type, module, config }.');
  }
  const { needs = [] } = datacook;
  if (
    !Array.isArray(needs) ||
    needs.some((need) => !/^[a-z]+:./.test(need) || !ROLES.includes(need.split(':')[0]))
  ) {
    fail('"datacook.needs" must be a list of role:type, as ["format:csv"].');
  }
  const seen = new Set();
  for (const [index, entry] of datacook.provides.entries()) checkEntry(entry, index, seen);
  return datacook;
}

function checkEntry(entry, index, seen) {
  const where = `"datacook.provides[${index}]"`;
  if (!isObject(entry)) fail(`${where} must be { role, type, module, config }.`);
  for (const key of KEYS) {
    if (typeof entry[key] !== 'string' || entry[key] === '') fail(`${where} needs "${key}", a text.`);
  }
  const unknown = Object.keys(entry).find((key) => !KEYS.includes(key));
  if (unknown !== undefined)
    fail(`${where} has an unknown key ${show(unknown)}; known are ${KEYS.join(', ')}.`);
  if (!ROLES.includes(entry.role))
    fail(`${where} has the role ${show(entry.role)}; roles are ${ROLES.join(', ')}.`);
  const key = `${entry.role}:${entry.type}`;
  if (seen.has(key)) fail(`"datacook.provides" has ${key} twice.`);
  seen.add(key);
}

/** The absolute path of what package.json names; it must lie in the package. */
function inside(folder, path, what) {
  const full = resolve(folder, path);
  const within = relative(folder, full);
  if (!path.startsWith('./') || within.startsWith('..') || isAbsolute(within)) {
    fail(`${what} is ${show(path)}; it must be a path in the package that begins with "./".`);
  }
  return full;
}

async function defaultExport(folder, path, what) {
  let module;
  try {
    module = await import(pathToFileURL(inside(folder, path, what)).href);
  } catch (error) {
    if (error instanceof ManifestError) throw error;
    const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
    fail(`${what} (${path}) can't be imported: ${reason}`);
  }
  if (!isObject(module.default) && typeof module.default !== 'function')
    fail(`${what} (${path}) has no default export.`);
  return module.default;
}

function checkDefinition(definition, entry) {
  const what = `The default export of ${entry.module}`;
  for (const key of ['role', 'type']) {
    if (definition[key] !== entry[key]) {
      fail(`${what} says ${key} ${show(definition[key])}, but package.json says ${show(entry[key])}.`);
    }
  }
  if (definition.contract !== CONTRACT) {
    fail(`${what} is made for contract ${show(definition.contract)}, but package.json says ${CONTRACT}.`);
  }
  if (typeof definition.open !== 'function') fail(`${what} has no open function.`);
  if (typeof definition.config?.parse !== 'function') fail(`${what} has no config with a parse function.`);
}

function schemaOf(config, entry) {
  if (typeof config.parse !== 'function')
    fail(`The default export of ${entry.config} has no parse function.`);
  if (typeof config.toJSONSchema !== 'function') return undefined;
  try {
    return config.toJSONSchema({ io: 'input' });
  } catch (error) {
    fail(`The configuration of ${entry.config} can't be told as JSON Schema: ${error.message}`);
  }
}

async function describe(folder, entry) {
  const key = `${entry.role}:${entry.type}`;
  const definition = await defaultExport(folder, entry.module, `The module of ${key}`);
  checkDefinition(definition, entry);
  const config = await defaultExport(folder, entry.config, `The config of ${key}`);
  return {
    role: entry.role,
    type: entry.type,
    module: entry.module,
    config: entry.config,
    modes: definition.modes,
    max_writers: definition.maxWriters,
    checkpoint: definition.checkpoint,
    identifiers: definition.identifiers,
    config_schema: schemaOf(config, entry),
  };
}

/** Written beside and moved into place, so that nobody reads half of it. */
async function write(path, text) {
  const beside = `${path}.${process.pid}`;
  await mkdir(dirname(path), { recursive: true });
  await writeFile(beside, text);
  await rename(beside, path);
}

async function main(folder) {
  const manifest = await readPackage(folder);
  const datacook = checkPackage(manifest);
  const target = inside(folder, datacook.manifest, '"datacook.manifest"');
  const provides = [];
  for (const entry of datacook.provides) provides.push(await describe(folder, entry));
  const description = {
    version: MANIFEST_VERSION,
    contract: CONTRACT,
    package: manifest.name,
    package_version: manifest.version,
    provides,
  };
  await write(target, `${JSON.stringify(description, undefined, 2)}\n`);
}

try {
  await main(process.cwd());
} catch (error) {
  if (!(error instanceof ManifestError)) throw error;
  process.stderr.write(`datacook-manifest: ${error.message}\n`);
  process.exitCode = 1;
}
