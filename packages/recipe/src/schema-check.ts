import type { Json, Path } from '@datacook/core';
import { z } from 'zod';
import type { Findings } from './finding.js';
import { type Issue, type Rendered, renderIssues } from './issues.js';
import { type MapNode, plainValue } from './node.js';

const JSON_SCHEMAS = new WeakMap<z.ZodType, Json>();

/** The JSON Schema of one of the language's own schemas. */
function jsonSchemaOf(schema: z.ZodType): Json {
  let found = JSON_SCHEMAS.get(schema);
  if (found === undefined) {
    found = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Json;
    JSON_SCHEMAS.set(schema, found);
  }
  return found;
}

/** Checks a tree by one of the language's own schemas. Returns what was parsed; undefined if it isn't right. */
export function checkSchema<T>(
  schema: z.ZodType<T>,
  tree: MapNode,
  findings: Findings,
  keep: (rendered: Rendered) => boolean = () => true,
  value: unknown = plainValue(tree, 'text'),
): T | undefined {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  for (const rendered of renderIssues(parsed.error.issues as readonly Issue[], tree, jsonSchemaOf(schema))) {
    if (keep(rendered)) report(rendered, [], findings);
  }
  return undefined;
}

/** Makes a finding of what a parser said; `prefix` is the path of what it parsed. */
export function report(rendered: Rendered, prefix: Path, findings: Findings): void {
  const { code, message, origin, hint, path } = rendered;
  findings.error(code, message, { origin, hint, path: [...prefix, ...path] });
}
