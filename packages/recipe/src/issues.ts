import type { Json, Path } from '@datacook/core';
import type { FindingCode, FindingDetails } from './finding.js';
import { propertiesAt } from './json-schema.js';
import { isTemplate, type MapNode, type Node, nearestNode, nodeAt } from './node.js';
import { suggestion } from './suggest.js';

/** What a parser says is wrong. Zod's issues are such; they are known by their form, so that its copy doesn't matter. */
export interface Issue {
  readonly code?: string;
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly keys?: readonly string[];
  readonly values?: readonly unknown[];
  readonly options?: readonly unknown[];
  readonly expected?: string;
  readonly errors?: readonly (readonly Issue[])[];
}

/** An issue in plain words, at its place. */
export interface Rendered extends FindingDetails {
  readonly code: FindingCode;
  readonly message: string;
  readonly path: Path;
  /** The values that it speaks of, for telling what is yet unknown or inherited. */
  readonly node: Node;
  readonly key?: string;
}

/** The issues of an error; undefined if it is another kind of error. */
export function issuesOf(error: unknown): readonly Issue[] | undefined {
  const issues = typeof error === 'object' && error !== null && 'issues' in error ? error.issues : undefined;
  if (!Array.isArray(issues) || issues.length === 0) return undefined;
  return issues.every(isIssue) ? issues.map((issue) => ({ ...issue, path: issue.path ?? [] })) : undefined;
}

function isIssue(issue: unknown): issue is Issue & { readonly path?: readonly PropertyKey[] } {
  if (typeof issue !== 'object' || issue === null || !('message' in issue)) return false;
  return !('path' in issue) || issue.path === undefined || Array.isArray(issue.path);
}

/** Renders issues of `root`, the value that was parsed. `schema` names the keys that would be right, `others` as well. */
export function renderIssues(
  issues: readonly Issue[],
  root: MapNode,
  schema: Json | undefined,
  others: readonly string[] = [],
): Rendered[] {
  return issues.flatMap((issue) => renderIssue(issue, root, schema, others));
}

function renderIssue(
  issue: Issue,
  root: MapNode,
  schema: Json | undefined,
  others: readonly string[],
): Rendered[] {
  const node = nearestNode(root, issue.path);
  const path = issue.path.map((key) => (typeof key === 'number' ? key : String(key)));
  if (issue.code === 'unrecognized_keys') return unknownKeys(issue, node, path, schema, others);
  if (issue.code === 'invalid_union' && issue.errors !== undefined && issue.errors.length > 0) {
    const branch = bestBranch(issue.errors);
    if (branch !== undefined)
      return renderIssues(
        branch.map((inner) => ({ ...inner, path: [...issue.path, ...inner.path] })),
        root,
        schema,
        others,
      );
  }
  const present = nodeAt(root, path) !== undefined;
  if (
    !present &&
    (issue.code === 'invalid_type' || issue.code === 'invalid_union' || issue.code === 'invalid_value')
  )
    return [{ code: 'MISSING', path, node, origin: node.origin, ...explainMissing(issue) }];
  return [{ code: 'INVALID', path, node, origin: node.origin, ...explain(issue, node) }];
}

function explainMissing(issue: Issue): { message: string; hint?: string | undefined } {
  if (isOwnMessage(issue)) return { message: issue.message };
  const expected = expectation(issue);
  return {
    message: 'missing',
    hint: expected === undefined ? undefined : `expected ${expected.join(' or ')}`,
  };
}

function unknownKeys(
  issue: Issue,
  node: Node,
  path: Path,
  schema: Json | undefined,
  others: readonly string[],
): Rendered[] {
  const known = [...propertiesAt(schema, path), ...(path.length === 0 ? others : [])];
  return (issue.keys ?? []).map((key) => {
    const entry = node.kind === 'map' ? node.entries.get(key) : undefined;
    const unused = known.filter((name) => node.kind !== 'map' || !node.entries.has(name));
    return {
      code: 'UNKNOWN_KEY',
      message: 'unknown key',
      path: [...path, key],
      node: entry?.value ?? node,
      key,
      origin: entry?.key ?? node.origin,
      hint: suggestion(key, known, 'other keys here', unused),
    };
  });
}

/** The alternative that was most likely meant: the one whose kind of value this is, with the fewest issues. */
function bestBranch(branches: readonly (readonly Issue[])[]): readonly Issue[] | undefined {
  const fitting = branches.filter(
    (branch) => !branch.some((issue) => issue.path.length === 0 && isMismatch(issue)),
  );
  return fitting.toSorted((a, b) => a.length - b.length)[0];
}

function isMismatch(issue: Issue): boolean {
  return issue.code === 'invalid_type' || issue.code === 'invalid_value';
}

const EXPECTED: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  bigint: 'a whole number',
  boolean: 'true or false',
  object: 'a mapping',
  record: 'a mapping',
  array: 'a list',
  null: 'null',
};

function explain(issue: Issue, node: Node): { message: string; hint?: string | undefined } {
  const expected = expectation(issue);
  if (expected === undefined)
    return { message: issue.message.replace(/^(?:Invalid input|Invalid string|Too small|Too big): /, '') };
  const hint = hintFor(expected, issue, node);
  if (isOwnMessage(issue)) return { message: issue.message, hint };
  const shown = describe(node, choices(issue).length > 0);
  return { message: `expected ${expected.join(' or ')}, but this is ${shown}`, hint };
}

/** Whether a plug-in said it in its own words. */
function isOwnMessage({ message }: Issue): boolean {
  return !/^(?:Invalid|Too|Unrecognized) /.test(message);
}

/** What would be right, in words; undefined if the issue's own message says it. */
function expectation(issue: Issue): readonly string[] | undefined {
  if (issue.code === 'invalid_type' && issue.expected !== undefined)
    return [EXPECTED[issue.expected] ?? issue.expected];
  const values = choices(issue);
  if (values.length > 0) return [values.length === 1 ? values.join() : `one of ${values.join(', ')}`];
  if (issue.code !== 'invalid_union' || isOwnMessage(issue)) return undefined;
  const inner = (issue.errors ?? []).flatMap((branch) =>
    branch.filter(isMismatch).flatMap((one) => expectation(one) ?? []),
  );
  return inner.length === 0 ? undefined : [...new Set(inner)];
}

function choices(issue: Issue): string[] {
  const values = issue.code === 'invalid_value' ? issue.values : issue.options;
  return Array.isArray(values) ? values.map(String) : [];
}

function hintFor(expected: readonly string[], issue: Issue, node: Node): string | undefined {
  if (node.kind !== 'scalar') return undefined;
  if (typeof node.value === 'bigint')
    return 'an integer beyond 9007199254740991 keeps its digits as text: put it in quotes';
  if (typeof node.value !== 'string') {
    return expected.includes('text') && node.value !== null ? 'put it in quotes' : undefined;
  }
  const filter = expected.includes('a whole number')
    ? 'int'
    : expected.includes('a number')
      ? 'number'
      : expected.includes('true or false')
        ? 'bool'
        : undefined;
  if (filter !== undefined && (node.filled === true || isTemplate(node)))
    return `a template yields text: add \`| ${filter}\``;
  if (filter !== undefined && /^[\d.+-]+$|^(?:true|false)$/i.test(node.value)) return 'remove the quotes';
  return node.guarded === true || choices(issue).length === 0 ? undefined : near(node.value, choices(issue));
}

function near(word: string, names: readonly string[]): string | undefined {
  const hint = suggestion(word, names, '');
  return hint?.startsWith('did') === true ? hint : undefined;
}

/** What a value is, in words; with `show`, the value itself, unless it must not be shown. */
function describe(node: Node, show = false): string {
  if (node.kind === 'map') return 'a mapping';
  if (node.kind === 'list') return 'a list';
  if (node.value === null) return node.empty === true ? 'empty' : 'null';
  if (show && node.guarded !== true)
    return typeof node.value === 'string' ? JSON.stringify(node.value) : String(node.value);
  if (typeof node.value === 'string') return node.value === '' ? 'empty text' : 'text';
  return typeof node.value === 'boolean'
    ? String(node.value)
    : typeof node.value === 'bigint' || Number.isInteger(node.value)
      ? 'a whole number'
      : 'a fraction';
}
