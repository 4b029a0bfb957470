import {
  type ConfigParser,
  type Context,
  DatacookError,
  type Definition,
  type Destination,
  type Format,
  isDatacookError,
  type Json,
  type JsonObject,
  type Plugins,
  type ResolvedRecipe,
  type Role,
  type Source,
  type StateBackend,
} from '@datacook/core';
import type { OpenedStep } from './transforms.js';

/** What a context is made of. */
export interface ContextParts {
  readonly plugins: Plugins;
  readonly signal: AbortSignal;
  readonly run: Context['run'];
  log(level: 'debug' | 'info' | 'warn', text: string): void;
}

/** The context that plug-ins are opened with. */
export function makeContext(parts: ContextParts): Context {
  const context: Context = {
    signal: parts.signal,
    run: parts.run,
    log: parts.log,
    format: (spec) => openFormat(parts.plugins, spec, context),
  };
  return context;
}

/** A recipe's plug-ins, loaded and configured, ready to be opened. */
export interface OpenedPlugins {
  readonly destination: Definition<'destination'>;
  readonly sourceIdentity: Json;
  readonly destinationIdentity: Json;
  openSource(): Promise<Source>;
  openDestination(): Promise<Destination>;
  readonly steps: readonly OpenedStep[];
}

/** Loads what a recipe names. Throws CONFIG for a configuration that a plug-in refuses. */
export async function openPlugins(
  recipe: ResolvedRecipe,
  plugins: Plugins,
  context: Context,
): Promise<OpenedPlugins> {
  const source = await plugins.load('source', recipe.source.type);
  const destination = await plugins.load('destination', recipe.destination.type);
  const sourceConfig = parseConfig(source.config, recipe.source.config, 'source', recipe.source.type);
  const destinationConfig = parseConfig(
    destination.config,
    recipe.destination.config,
    'destination',
    recipe.destination.type,
  );
  const steps: OpenedStep[] = [];
  for (const [index, step] of recipe.steps.entries()) {
    const definition = await plugins.load('transform', step.type);
    const config = parseConfig(definition.config, step.config, 'transform', step.type);
    steps.push({ step, number: index + 1, transform: await definition.open(config, context) });
  }
  return {
    destination,
    sourceIdentity: identity(source, recipe.source.identityConfig),
    destinationIdentity: identity(destination, recipe.destination.identityConfig),
    openSource: async () => source.open(sourceConfig, context),
    openDestination: async () => destination.open(destinationConfig, context),
    steps,
  };
}

/** Opens the state backend that a recipe names. */
export async function openState(
  recipe: ResolvedRecipe,
  plugins: Plugins,
  context: Context,
): Promise<StateBackend> {
  const definition = await plugins.load('state', recipe.state.type);
  const config = parseConfig(definition.config, recipe.state.config, 'state', recipe.state.type);
  return definition.open(config, context);
}

async function openFormat(plugins: Plugins, spec: Json, context: Context): Promise<Format> {
  const { type, ...options } = typeof spec === 'string' ? { type: spec } : (spec as JsonObject);
  if (typeof type !== 'string') {
    throw new DatacookError('CONFIG', `a format needs a type: ${JSON.stringify(spec)}`, {
      hint: 'as in format: csv',
    });
  }
  const definition = await plugins.load('format', type);
  return definition.open(parseConfig(definition.config, options, 'format', type), context);
}

function identity(definition: Definition<'source'> | Definition<'destination'>, config: JsonObject): Json {
  if (!definition.identity) return null;
  return definition.identity(parseConfig(definition.config, config, definition.role, definition.type));
}

function parseConfig(parser: ConfigParser, value: unknown, role: Role, type: string): unknown {
  try {
    return parser.parse(value);
  } catch (error) {
    if (isDatacookError(error)) throw error;
    const issues = (error as { issues?: readonly { path: readonly PropertyKey[]; message: string }[] })
      .issues;
    const text = issues
      ? issues
          .map((issue) => `${issue.path.map(String).join('.') || 'configuration'}: ${issue.message}`)
          .join('; ')
      : String((error as Error).message);
    throw new DatacookError('CONFIG', `${role} ${type}: ${text}`, { cause: error });
  }
}
