import { CONTRACT, DatacookError, type Definition, type Json, type Plugins } from '@datacook/core';
import { type Entry, withNote } from './entry.js';
import { Registry } from './registry.js';
import { type PluginKey, pluginKey, ROLES } from './roles.js';

/** What stands for the package of a definition that a program hands in. */
const IN_CODE = '(in code)';

/**
 * Plug-ins for programs and tests: definitions, which stand before those of `base`. A zod schema as `config` tells its
 * JSON Schema. Throws CONFIG if one is no definition, is given twice, or has a configuration without JSON Schema.
 */
export function createRegistry(definitions: readonly Definition[], base?: Plugins): Registry {
  const entries = new Map<PluginKey, readonly Entry[]>();
  for (const definition of definitions) {
    const entry = toEntry(definition);
    const { role, type } = definition;
    const key = pluginKey(role, type);
    if (entries.has(key)) throw new DatacookError('CONFIG', `the plug-in ${key} is handed in twice`);
    const covered = base?.list().find((info) => info.role === role && info.type === type);
    const note = covered && `it stands before ${covered.package} ${covered.packageVersion}`.trim();
    entries.set(key, [note === undefined ? entry : withNote(entry, note)]);
  }
  return new Registry(entries, base);
}

function toEntry(definition: Definition): Entry {
  const { role, type, contract, config, modes, maxWriters, checkpoint, identifiers } = definition;
  if (!ROLES.includes(role) || typeof type !== 'string' || typeof config?.parse !== 'function') {
    throw new DatacookError(
      'CONFIG',
      `a definition handed in has a wrong role, type or config: ${role}:${type}`,
      {
        hint: 'Make it with defineSource, defineDestination, defineState, defineTransform or defineFormat.',
      },
    );
  }
  if (contract !== CONTRACT) {
    throw new DatacookError(
      'CONFIG',
      `the definition ${role}:${type} speaks contract ${contract}, and this datacook speaks ${CONTRACT}`,
      { hint: 'Bring the program and datacook to versions with the same contract.' },
    );
  }
  const configSchema = schemaOf(definition);
  return {
    info: {
      role,
      type,
      package: IN_CODE,
      packageVersion: '',
      contract,
      needs: [],
      ...(modes === undefined ? {} : { modes }),
      ...(maxWriters === undefined ? {} : { maxWriters }),
      ...(checkpoint === undefined ? {} : { checkpoint }),
      ...(identifiers === undefined ? {} : { identifiers }),
      ...(configSchema === undefined ? {} : { configSchema }),
    },
    config: () => Promise.resolve(config),
    load: () => Promise.resolve(definition),
  };
}

/** The marks of paths and secrets lie in the schema, so one that can't be told is an error, not left out. */
function schemaOf({ role, type, config }: Definition): Json | undefined {
  const { toJSONSchema } = config as { toJSONSchema?: unknown };
  if (typeof toJSONSchema !== 'function') return undefined;
  try {
    return toJSONSchema.call(config, { io: 'input' }) as Json;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new DatacookError('CONFIG', `the config of ${role}:${type} has no JSON Schema: ${reason}`, {
      hint: 'Describe it with types that JSON Schema has; check and convert in `open`.',
      cause: error,
    });
  }
}
