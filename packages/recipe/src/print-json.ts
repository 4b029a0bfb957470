import { type Node, needsLiteral, type Scalar, type ScalarNode } from './node.js';

/** A scalar as JSON. Integers keep every digit; a float that is whole and beyond them stays a float. */
export function jsonScalar(value: Scalar): string {
  if (typeof value === 'bigint') return String(value);
  if (typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value))
    return value.toExponential();
  return JSON.stringify(value);
}

/**
 * Prints a tree as JSON, indented by two blanks. With `origin`, each scalar and each empty mapping or list is
 * `{ "value": …, "origin": { "file", "line", "column" } }`.
 */
export function printJson(node: Node, origin = false, indent = ''): string {
  const inner = `${indent}  `;
  if (node.kind === 'scalar') return origin ? withOrigin(node, printScalar(node)) : printScalar(node);
  const parts =
    node.kind === 'list'
      ? node.items.map((item) => printJson(item, origin, inner))
      : [...node.entries].map(
          ([key, entry]) => `${JSON.stringify(key)}: ${printJson(entry.value, origin, inner)}`,
        );
  const [open, close] = node.kind === 'list' ? ['[', ']'] : ['{', '}'];
  if (parts.length === 0) return origin ? withOrigin(node, `${open}${close}`) : `${open}${close}`;
  return `${open}\n${parts.map((part) => inner + part).join(',\n')}\n${indent}${close}`;
}

function printScalar(node: ScalarNode): string {
  const value = jsonScalar(node.value);
  return needsLiteral(node) ? `{ "$literal": ${value} }` : value;
}

function withOrigin(node: Node, value: string): string {
  const { file, line, column } = node.origin;
  return `{ "value": ${value}, "origin": ${JSON.stringify({ file, line, column })} }`;
}
