import type { Found, Scope } from './fill.js';
import { child, type Node, plainText, type Scalar } from './node.js';
import { suggestion } from './suggest.js';
import { type Expression, TemplateProblem } from './template.js';

/** Where `var` looks, strongest first. */
export interface Vars {
  /** `--var`. */
  readonly given: Readonly<Record<string, string>>;
  /** The recipe's `vars`, resolved through the chain. */
  readonly recipe: Node | undefined;
  /** Those of `datacook.yaml`. */
  readonly project: Node | undefined;
  /** Names that were looked up. */
  readonly used: Set<string>;
}

/** What is known while a recipe is resolved: `var`, and the recipe's name, unless that waits for the environment itself. */
export function earlyScope(vars: Vars, recipeName: string | undefined): Scope {
  return (expression) => {
    if (expression.name === 'var') return lookUp(vars, expression.args[0] as string);
    if (expression.name === 'recipe.name' && recipeName !== undefined) return { value: recipeName };
    return undefined;
  };
}

function lookUp(vars: Vars, name: string): Found | TemplateProblem {
  vars.used.add(name);
  const given = Object.hasOwn(vars.given, name) ? vars.given[name] : undefined;
  if (given !== undefined) return { value: given };
  const node = child(vars.recipe, name) ?? child(vars.project, name);
  if (node?.kind === 'scalar') return { value: node.value };
  if (node !== undefined)
    return new TemplateProblem(
      `the var ${name} is a ${node.kind === 'map' ? 'mapping' : 'list'}`,
      'the values of `vars` are single values',
      'VAR',
    );
  const hint = suggestion(name, namesOfVars(vars), 'vars') ?? 'define it under `vars`, or give it with --var';
  return new TemplateProblem(`there is no var ${name}`, hint, 'VAR');
}

/** The names of all vars that are defined somewhere. */
export function namesOfVars(vars: Vars): string[] {
  return [vars.recipe, vars.project]
    .flatMap((node) => (node?.kind === 'map' ? [...node.entries.keys()] : []))
    .concat(Object.keys(vars.given));
}

/** What is known when a recipe is run, or looked at as if it were. */
export interface LateValues {
  readonly env: (name: string) => string | undefined;
  readonly recipeName?: string | undefined;
  readonly run?: { readonly id: string; readonly startedAt: string } | undefined;
  readonly stream?: string | undefined;
  /** Told of each `env_var` that is not set and has no default. */
  readonly onUnset?: (name: string) => void;
}

/** The environment, the run and the stream, as far as they are known. */
export function lateScope(values: LateValues): Scope {
  return (expression) => {
    if (expression.name === 'env_var') return environment(values, expression);
    const value = plain(values, expression.name);
    return value === undefined ? undefined : { value };
  };
}

function environment(values: LateValues, expression: Expression): Found | undefined {
  const [name, fallback] = expression.args as [string, string?];
  const value = values.env(name);
  if (value !== undefined) return { value, guarded: true };
  if (fallback !== undefined) return { value: fallback };
  values.onUnset?.(name);
  return undefined;
}

function plain(values: LateValues, name: Expression['name']): Scalar | undefined {
  switch (name) {
    case 'recipe.name':
      return values.recipeName;
    case 'run.id':
      return values.run?.id;
    case 'run.started_at':
      return values.run?.startedAt;
    case 'stream.name':
      return values.stream;
    case 'stream.table':
      return values.stream === undefined ? undefined : tableOf(values.stream);
    default:
      return undefined;
  }
}

/** The last part of a stream's name: `customers` of `public.customers`. Dots inside double quotes don't part. */
function tableOf(stream: string): string {
  const last = /(?:^|\.)(?:"((?:[^"]|"")+)"|([^."]+))$/.exec(stream);
  if (last === null) return stream;
  return last[1] === undefined ? (last[2] as string) : last[1].replaceAll('""', '"');
}

/** The text of a name that is known already. */
export function knownName(tree: Node): string | undefined {
  return plainText(child(tree, 'name')) ?? literalText(child(tree, 'name'));
}

function literalText(node: Node | undefined): string | undefined {
  return node?.kind === 'scalar' && node.literal === true ? String(node.value) : undefined;
}
