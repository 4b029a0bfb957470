import { join } from 'node:path';
import type { Path, Plugins } from '@datacook/core';
import { Findings } from './finding.js';
import type { Rendered } from './issues.js';
import { fillLate, hasTemplates, type LateFill } from './late.js';
import {
  child,
  isTemplate,
  type ListNode,
  type MapNode,
  type Node,
  plainText,
  plainValue,
  withKey,
  withoutNodes,
} from './node.js';
import { checkPart, type PartContext, type PartRequest, type PluginPart } from './plugin-part.js';
import { internalsOf, type LoadedRecipe, missingParts, type RecipeInternals } from './recipe.js';
import {
  DESTINATION_KEYS,
  type RecipeShape,
  recipeSchema,
  SOURCE_KEYS,
  STATE_KEYS,
  STEP_KEYS,
} from './schema.js';
import { checkSchema } from './schema-check.js';
import { fillTree } from './substitute.js';

/** What a recipe is looked at for: what is merely said in one case is refused in another. */
export type Purpose = 'validate' | 'plan' | 'run';

/** A recipe as far as it can be known, and all that is wrong with it. */
export interface Analysis {
  readonly findings: Findings;
  /** Templates filled in, the project's state in place of none. */
  readonly tree: MapNode;
  /** Undefined if the language's own part isn't right. */
  readonly shape: RecipeShape | undefined;
  readonly stream: string | undefined;
  readonly source: PluginPart | undefined;
  readonly destination: PluginPart | undefined;
  readonly state: PluginPart | undefined;
  readonly steps: readonly (PluginPart | undefined)[];
}

/** Stands for what only a run knows. */
const NO_RUN = { id: 'run', startedAt: '2000-01-01T00:00:00.000Z' };

/** Fills in and checks a recipe. */
export async function analyse(
  recipe: LoadedRecipe,
  plugins: Plugins,
  purpose: Purpose,
  run: { readonly id: string; readonly startedAt: string } = NO_RUN,
): Promise<Analysis> {
  const internals = internalsOf(recipe);
  const findings = new Findings();
  for (const finding of recipe.findings) findings.push(finding);
  const nothing = {
    shape: undefined,
    stream: undefined,
    source: undefined,
    destination: undefined,
    state: undefined,
    steps: [],
  };
  if (!internals.complete) return { findings, tree: internals.tree, ...nothing };

  const unset = purpose === 'run' ? 'error' : 'warning';
  const { env } = internals.project.project;
  const { tree, stream, fill } = fillRecipe(withProjectState(internals, findings), {
    values: { env, run },
    unset,
    findings,
  });
  const missing = missingParts(tree);
  const shape = shapeOf(tree, internals, findings);
  reportFragment(internals, missing, purpose, findings);

  const context: PartContext = { plugins, internals, fill, purpose, findings };
  const partial = missing.length > 0;
  const part = (role: PartRequest['role'], key: string, ownKeys: readonly string[]) =>
    check({ role, mapping: child(tree, key), path: [key], ownKeys, partial }, context);
  const source = await part('source', 'source', SOURCE_KEYS);
  const steps = await checkSteps(child(child(tree, 'transform'), 'steps'), ['transform', 'steps'], context);
  const destination = await part('destination', 'destination', DESTINATION_KEYS);
  const state = await check(
    {
      role: 'state',
      mapping: completeState(tree, internals.project.project.home),
      path: ['state'],
      ownKeys: STATE_KEYS,
      partial,
    },
    context,
  );
  await checkMacros(internals, context);
  return { findings, tree, shape, stream, source, destination, state, steps };
}

function withProjectState({ tree, project, scope }: RecipeInternals, findings: Findings): MapNode {
  const state = child(project.tree, 'state');
  return tree.entries.has('state') || state === undefined
    ? tree
    : withKey(tree, 'state', fillTree(state, ['state'], scope, findings));
}

/** The recipe's state: of type `local` unless it says another, and that in the project's home. */
function completeState(tree: MapNode, home: string): Node | undefined {
  const state = child(tree, 'state');
  if (state?.kind !== 'map') return state;
  const { origin, level } = state;
  const scalar = (value: string): Node => ({ kind: 'scalar', value, origin, level });
  const typed = state.entries.has('type') ? state : withKey(state, 'type', scalar('local'));
  const isLocal = plainText(child(typed, 'type')) === 'local';
  return isLocal && !typed.entries.has('path') ? withKey(typed, 'path', scalar(localStatePath(home))) : typed;
}

/** Where state is kept unless a recipe says so. */
export function localStatePath(home: string): string {
  return join(home, '.datacook', 'state');
}

/** Fills in the source first, since the stream's name is known from it. */
function fillRecipe(
  root: MapNode,
  start: LateFill,
): { tree: MapNode; stream: string | undefined; fill: LateFill } {
  const run = ['run.id', 'run.started_at'];
  const stream = ['stream.name', 'stream.table'];
  const reason = 'the recipe would be another one in each run';
  let tree = root;
  let fill = start;
  const name = child(tree, 'name');
  if (name !== undefined)
    tree = withKey(
      tree,
      'name',
      fillLate(name, ['name'], fill, { names: [...run, ...stream, 'recipe.name'], reason }),
    );
  fill = withValues(fill, { recipeName: textAt(tree, ['name']) });
  const source = child(tree, 'source');
  if (source !== undefined) {
    const filled = fillLate(source, ['source'], fill, {
      names: stream,
      reason: 'the stream is what the source reads',
    });
    tree = withKey(tree, 'source', filled);
  }
  const streamName = streamOf(tree);
  fill = withValues(fill, { stream: streamName });
  for (const [key, entry] of tree.entries) {
    if (key === 'name' || key === 'source' || key === 'tests') continue;
    let value = fillLate(entry.value, [key], fill);
    const stateKey = child(entry.value, 'key');
    if (key === 'state' && value.kind === 'map' && stateKey !== undefined)
      value = withKey(value, 'key', fillLate(stateKey, ['state', 'key'], fill, { names: run, reason }));
    tree = withKey(tree, key, value);
  }
  return { tree, stream: streamName, fill };
}

function withValues(fill: LateFill, values: Partial<LateFill['values']>): LateFill {
  return { ...fill, values: { ...fill.values, ...values } };
}

/** The stream's name: `source.table`, else `source.name`, else the recipe's. Undefined while it can't be known. */
function streamOf(tree: MapNode): string | undefined {
  const source = child(tree, 'source');
  for (const key of ['table', 'name']) {
    const node = child(source, key);
    if (node?.kind === 'scalar' && typeof node.value === 'string')
      return isTemplate(node) ? undefined : node.value;
  }
  return textAt(tree, ['name']);
}

function textAt(tree: MapNode, [key]: readonly [string]): string | undefined {
  const node = child(tree, key);
  return node?.kind === 'scalar' && typeof node.value === 'string' && !isTemplate(node)
    ? node.value
    : undefined;
}

function withMacros(tree: MapNode, { macros }: RecipeInternals): MapNode {
  return macros === undefined ? tree : withKey(tree, 'macros', macros);
}

/** The plain value, with calls of macros (which a fragment may keep) as steps of some type. */
function shapeValue(tree: MapNode, internals: RecipeInternals): unknown {
  const steps = (list: Node | undefined): Node | undefined =>
    list?.kind === 'list' ? { ...list, items: list.items.map(withTypeOfCall) } : list;
  let root = withMacros(tree, internals);
  const transform = child(root, 'transform');
  if (transform?.kind === 'map')
    root = withKey(root, 'transform', withKey(transform, 'steps', steps(child(transform, 'steps'))));
  const macros = child(root, 'macros');
  if (macros?.kind === 'map') {
    let without = macros;
    for (const [name, entry] of macros.entries) without = withKey(without, name, steps(entry.value));
    root = withKey(root, 'macros', without);
  }
  return plainValue(root, 'text');
}

function withTypeOfCall(item: Node): Node {
  const macro = child(item, 'use');
  return item.kind === 'map' && macro !== undefined
    ? withKey(item, 'type', { ...macro, kind: 'scalar', value: 'use' } as Node)
    : item;
}

/** The language's own part, parsed; what isn't known yet is not judged, and left out. */
function shapeOf(tree: MapNode, internals: RecipeInternals, findings: Findings): RecipeShape | undefined {
  const unknown = new Set<Node>();
  const isKnown = ({ code, node }: Rendered) => {
    if (code === 'UNKNOWN_KEY' || code === 'MISSING' || !hasTemplates(node)) return true;
    unknown.add(node);
    return false;
  };
  const value = shapeValue(tree, internals);
  const shape = checkSchema(recipeSchema(), withMacros(tree, internals), findings, isKnown, value);
  if (shape !== undefined || unknown.size === 0) return shape;
  return recipeSchema().safeParse(shapeValue(withoutNodes(tree, unknown) as MapNode, internals)).data;
}

function reportFragment(
  { level }: RecipeInternals,
  missing: readonly string[],
  purpose: Purpose,
  findings: Findings,
): void {
  if (missing.length === 0) return;
  findings.add(
    purpose === 'validate' ? 'warning' : 'error',
    'FRAGMENT',
    `a fragment, which can't be run: it has no ${missing.join(', no ')}`,
    {
      origin: { file: level.file, line: 1, column: 1 },
      hint: 'extend it by a recipe that has what is missing',
    },
  );
}

async function check(
  request: Omit<PartRequest, 'mapping'> & { readonly mapping: Node | undefined },
  context: PartContext,
): Promise<PluginPart | undefined> {
  const { mapping } = request;
  return mapping?.kind === 'map' ? checkPart({ ...request, mapping }, context) : undefined;
}

async function checkSteps(
  list: Node | undefined,
  path: Path,
  context: PartContext,
): Promise<(PluginPart | undefined)[]> {
  const parts: (PluginPart | undefined)[] = [];
  for (const [index, mapping] of ((list as ListNode | undefined)?.items ?? []).entries()) {
    const request = {
      role: 'transform',
      mapping,
      path: [...path, index],
      ownKeys: STEP_KEYS,
      partial: false,
    } as const;
    parts.push(await check(request, context));
  }
  return parts;
}

/** Macros that nothing calls yet are checked as well; what their templates yield is not known. */
async function checkMacros({ macros }: RecipeInternals, context: PartContext): Promise<void> {
  if (macros?.kind !== 'map') return;
  for (const [name, entry] of macros.entries) {
    if (entry.value.kind === 'list') await checkSteps(entry.value, ['macros', name], context);
  }
}
