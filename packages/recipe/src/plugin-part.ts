import {
  DatacookError,
  isDatacookError,
  type Json,
  type Path,
  type PluginInfo,
  type Plugins,
  type Role,
} from '@datacook/core';
import { connectionVariable, findConnection, layConnection, settleAddress } from './connections.js';
import { type Findings, placeOf } from './finding.js';
import { issuesOf, type Rendered, renderIssues } from './issues.js';
import { markedNames, markedNodes, propertiesAt, scalarsIn, secretsByName } from './json-schema.js';
import { fillLate, hasTemplates, type LateFill } from './late.js';
import { child, type MapNode, mapScalars, type Node, plainText, plainValue, withoutKeys } from './node.js';
import type { RecipeInternals } from './recipe.js';
import { absolutePaths, relativePaths } from './recipe-paths.js';
import { report } from './schema-check.js';
import { fillTree } from './substitute.js';

/** A part of a recipe that a plug-in judges. */
export interface PartRequest {
  readonly role: Role;
  /** The mapping with `type`, its templates filled in as far as they can be. */
  readonly mapping: MapNode;
  readonly path: Path;
  /** Keys that are the language's own. */
  readonly ownKeys: readonly string[];
  /** A fragment: what is missing may be in a child. */
  readonly partial: boolean;
}

/** A plug-in's part, ready for it. */
export interface PluginPart {
  readonly role: Role;
  readonly type: string;
  readonly info: PluginInfo;
  /** With the connection laid over, paths absolute. */
  readonly config: MapNode;
  /** The same with paths relative to the recipe's folder. */
  readonly identityConfig: MapNode;
}

export interface PartContext {
  readonly plugins: Plugins;
  readonly internals: RecipeInternals;
  readonly fill: LateFill;
  readonly purpose: 'validate' | 'plan' | 'run';
  readonly findings: Findings;
}

/** Checks a part with its plug-in. Undefined if there is none, which is a finding, or if its type isn't known yet. */
export async function checkPart(request: PartRequest, context: PartContext): Promise<PluginPart | undefined> {
  const { role, mapping, path, ownKeys } = request;
  const { findings, internals } = context;
  const named = child(mapping, 'type');
  const type = plainText(named);
  if (type === undefined || named === undefined || type === '') return undefined;
  const info = findPlugin(role, type, named, [...path, 'type'], context);
  if (info === undefined) return undefined;
  const schema = info.configSchema;
  const settled = settleAddress(withoutKeys(mapping, ownKeys), markedNames(schema, 'address'));
  if (settled.both !== undefined) {
    const { address, connection, key } = settled.both;
    findings.error(
      'INVALID',
      `stands beside \`conn_id\` (${placeOf(connection.origin)}): a recipe says one or the other`,
      {
        origin: address.origin,
        path: [...path, key],
        hint: 'remove one of the two',
      },
    );
  }
  const laid = withConnection(settled.config, { role, type, schema, path }, context);
  if (laid === undefined) return undefined;
  const config = absolutePaths(laid, schema);
  await checkConfig({ ...request, type, named, config, schema }, context);
  for (const { node, path: at } of markedNodes(schema, config, 'format')) {
    await checkFormat(node, [...path, ...at], request, context);
  }
  return { role, type, info, config, identityConfig: relativePaths(laid, schema, internals.level.directory) };
}

function findPlugin(
  role: Role,
  type: string,
  named: Node,
  path: Path,
  context: PartContext,
): PluginInfo | undefined {
  try {
    const info = context.plugins.find(role, type);
    if (info.problem === undefined) return info;
    reportError(
      new DatacookError('CONFIG', `the ${role} ${type} can't be used: ${info.problem}`),
      named,
      path,
      context,
    );
  } catch (error) {
    reportError(error, named, path, context);
  }
  return undefined;
}

function reportError(error: unknown, node: Node, path: Path, { findings }: PartContext): void {
  const code = isDatacookError(error) ? error.code : 'INVALID';
  const hint = isDatacookError(error) ? error.hint : undefined;
  findings.add('error', code, (error as Error).message, { origin: node.origin, path, hint });
}

/** Lays the connection that `conn_id` names over the configuration. Undefined: it can't be, which is a finding. */
function withConnection(
  config: MapNode,
  { role, type, schema, path }: Pick<ConfigCheck, 'role' | 'type' | 'schema' | 'path'>,
  context: PartContext,
): MapNode | undefined {
  const id = child(config, 'conn_id');
  const name = plainText(id);
  if (id?.kind !== 'scalar' || name === undefined) return config;
  if (schema !== undefined && !propertiesAt(schema, []).includes('conn_id')) return config;
  const connection = findConnection(id, context.internals);
  const where = { origin: id.origin, path: [...path, 'conn_id'] };
  if (typeof connection === 'string') {
    const hint = `describe it by its URL, or by a mapping of the keys that the ${role} ${type} has`;
    context.findings.error('CONNECTION', connection, { ...where, hint });
    return undefined;
  }
  if (connection === undefined) {
    const severity = context.purpose === 'run' ? 'error' : 'warning';
    context.findings.add(
      severity,
      'CONNECTION',
      `the connection ${name} is defined neither in the environment nor in datacook.yaml`,
      {
        ...where,
        hint: `set ${connectionVariable(name)} to its URL, or describe it under \`connections.${name}\` in ${context.internals.project.project.file ?? 'datacook.yaml'}`,
      },
    );
    return config;
  }
  const at = ['connections', name];
  const meant = plainText(connection.type);
  if (meant !== undefined && meant !== type && (role === 'source' || role === 'destination')) {
    context.findings.error(
      'CONNECTION',
      `the connection ${name} is of type ${meant}, and the ${role} is of type ${type}`,
      { ...where, hint: `it is described at ${placeOf((connection.type as Node).origin)}` },
    );
    return undefined;
  }
  const filled = fillTree(connection.config, at, context.internals.scope, context.findings);
  return layConnection(config, fillLate(filled, at, context.fill) as MapNode);
}

async function checkFormat(
  node: Node,
  path: Path,
  request: PartRequest,
  context: PartContext,
): Promise<void> {
  const named = node.kind === 'map' ? child(node, 'type') : node;
  const type = plainText(named);
  if (named === undefined || type === undefined) return;
  const info = findPlugin('format', type, named, node.kind === 'map' ? [...path, 'type'] : path, context);
  if (info === undefined) return;
  const config: MapNode =
    node.kind === 'map'
      ? withoutKeys(node, ['type'])
      : { kind: 'map', entries: new Map(), origin: node.origin, level: node.level };
  const inner = {
    role: 'format',
    ownKeys: ['type'],
    path,
    type,
    named,
    config,
    schema: info.configSchema,
  } as const;
  await checkConfig({ ...request, ...inner }, context);
}

interface ConfigCheck extends PartRequest {
  readonly type: string;
  readonly named: Node;
  readonly config: MapNode;
  readonly schema: Json | undefined;
}

async function checkConfig(check: ConfigCheck, context: PartContext): Promise<void> {
  const { role, type, named, config, schema, path, ownKeys } = check;
  try {
    const parser = await context.plugins.config(role, type);
    parser.parse(plainValue(config, 'text'));
  } catch (error) {
    const issues = issuesOf(error);
    if (issues === undefined) {
      reportError(error, named, path, context);
      return;
    }
    const hide = hiderOf(config, schema);
    for (const rendered of renderIssues(issues, config, schema, ownKeys)) {
      if (!counts(rendered, check)) continue;
      const said = inherited(rendered, check) ??
        ofVariable(rendered, check, hide) ?? { ...rendered, message: hide(rendered.message) };
      report(said, path, context.findings);
    }
  }
}

/** What is wrong with a URL of the environment is told of the variable, not of a key that the recipe doesn't have. */
function ofVariable(
  rendered: Rendered,
  { role, type }: ConfigCheck,
  hide: (text: string) => string,
): Rendered | undefined {
  const { node, code, message } = rendered;
  if (node.kind !== 'scalar' || node.variable === undefined) return undefined;
  const base = { ...rendered, path: ['conn_id'] };
  return code === 'UNKNOWN_KEY'
    ? {
        ...base,
        message: `${node.variable}: a URL is given, and the ${role} ${type} takes none`,
        hint: 'unset it, and describe the connection under `connections` in datacook.yaml',
      }
    : { ...base, message: `${node.variable}: ${hide(message)}` };
}

/** Takes out of a plug-in's message what must not be shown: it may have put the value into it. */
function hiderOf(config: MapNode, schema: Json | undefined): (text: string) => string {
  const secrets = new Set([
    ...scalarsIn(markedNodes(schema, config, 'secret')),
    ...secretsByName(config, schema),
  ]);
  const hidden: string[] = [];
  mapScalars(config, (node) => {
    const isHidden = node.guarded === true || secrets.has(node);
    if (isHidden && typeof node.value === 'string' && node.value.length > 2) hidden.push(node.value);
    return node;
  });
  return (text) => hidden.reduce((rest, value) => rest.replaceAll(value, '***'), text);
}

/** Whether an issue holds: what isn't known yet can't be judged, and what a fragment lacks may be in a child. */
function counts({ code, node }: Rendered, { partial }: ConfigCheck): boolean {
  if (code === 'UNKNOWN_KEY') return true;
  if (partial && (code === 'MISSING' || node.kind === 'map')) return false;
  return code === 'MISSING' || !hasTemplates(node);
}

/** A key that was inherited when the type was another gets a message that says so. */
function inherited(rendered: Rendered, { named, type, role, path }: ConfigCheck): Rendered | undefined {
  if (rendered.code !== 'UNKNOWN_KEY' || rendered.path.length !== 1 || role === 'format') return undefined;
  if (rendered.node.kind === 'scalar' && rendered.node.guarded === true) return undefined;
  if (rendered.node.level.index >= named.level.index) return undefined;
  let before = named.overrode;
  while (before?.kind === 'scalar' && before.value === type) before = before.overrode;
  if (before?.kind !== 'scalar') return undefined;
  return {
    ...rendered,
    message: `inherited from where the ${role} was ${before.value}; ${type} (${placeOf(named.origin)}) doesn't know it`,
    hint: `write \`delete: [${[...path, rendered.key].join('.')}]\` in ${named.origin.file}`,
  };
}
