import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { CONTRACT, type ConfigParser, DatacookError, type Definition, type PluginInfo } from '@datacook/core';
import { isFields } from './json-file.js';

type Plugin = Pick<PluginInfo, 'role' | 'type' | 'package'> & { readonly path: string };

/** Imports a plug-in's module, and checks that it defines what the manifest says. Throws CONFIG. */
export async function loadDefinition(plugin: Plugin, module: string): Promise<Definition> {
  const definition = await importDefault(plugin, module);
  const what = `the default export of ${join(plugin.path, module)}`;
  if (!isFields(definition)) throw wrongModule(plugin, `${what} is no plug-in`);
  if (definition['contract'] !== CONTRACT) {
    throw wrongModule(plugin, `${what} speaks contract ${String(definition['contract'])}, not ${CONTRACT}`);
  }
  for (const name of ['role', 'type'] as const) {
    if (definition[name] === plugin[name]) continue;
    throw wrongModule(plugin, `${what} has the ${name} "${String(definition[name])}", not "${plugin[name]}"`);
  }
  if (typeof definition['open'] !== 'function') throw wrongModule(plugin, `${what} has no open function`);
  if (!isParser(definition['config']))
    throw wrongModule(plugin, `${what} has no config with a parse function`);
  return definition as unknown as Definition;
}

/** Imports what parses a plug-in's configuration. Throws CONFIG. */
export async function loadConfig(plugin: Plugin, module: string): Promise<ConfigParser> {
  const parser = await importDefault(plugin, module);
  if (isParser(parser)) return parser;
  throw wrongModule(plugin, `the default export of ${join(plugin.path, module)} has no parse function`);
}

async function importDefault(plugin: Plugin, module: string): Promise<unknown> {
  const file = join(plugin.path, module);
  try {
    return ((await import(pathToFileURL(file).href)) as { readonly default?: unknown }).default;
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException | undefined)?.code === 'ERR_MODULE_NOT_FOUND';
    const reason = error instanceof Error ? error.message : String(error);
    throw new DatacookError(
      'CONFIG',
      `the plug-in ${plugin.role}:${plugin.type} of ${plugin.package} can't be loaded: ${reason}`,
      {
        hint: missing
          ? `Something that ${plugin.package} needs is not installed. Install it again: \`npm install ${plugin.package}\`.`
          : `The fault lies in ${file}. Tell the authors of ${plugin.package}, or try another version.`,
        details: { package: plugin.package, file },
        cause: error,
      },
    );
  }
}

function isParser(value: unknown): value is ConfigParser {
  return typeof (value as { parse?: unknown } | null | undefined)?.parse === 'function';
}

function wrongModule(plugin: Plugin, reason: string): DatacookError {
  return new DatacookError(
    'CONFIG',
    `the plug-in ${plugin.role}:${plugin.type} of ${plugin.package} can't be used: ${reason}`,
    {
      hint: `Tell the authors of ${plugin.package}: its package.json and its code disagree.`,
      details: { package: plugin.package, path: plugin.path },
    },
  );
}
