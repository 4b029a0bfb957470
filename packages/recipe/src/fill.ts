import type { Scalar, ScalarNode } from './node.js';
import { integerOf, numberOf } from './scalar.js';
import { type Expression, type Filter, parseTemplate, quoteText, TemplateProblem } from './template.js';

/** A value that a template yields. `guarded`: it is not to be shown in messages. */
export interface Found {
  readonly value: Scalar;
  readonly guarded?: boolean;
}

/** What templates find. Undefined: not known yet, the template stays as written. */
export type Scope = (expression: Expression) => Found | TemplateProblem | undefined;

/**
 * Fills in a scalar's templates. One whole template keeps its value's type; what the scope doesn't know yet stays as
 * written. Values are never read as templates again.
 */
export function fillScalar(
  node: ScalarNode & { readonly value: string },
  scope: Scope,
): ScalarNode | TemplateProblem {
  const segments = parseTemplate(node.value);
  if (segments instanceof TemplateProblem) return segments;
  const parts: (Found | Expression)[] = [];
  for (const segment of segments) {
    if (typeof segment === 'string') {
      parts.push({ value: segment });
      continue;
    }
    const found = segment.name === 'text' ? { value: segment.args[0] as string } : scope(segment);
    const filtered = found === undefined || found instanceof TemplateProblem ? found : filter(found, segment);
    if (filtered instanceof TemplateProblem) return filtered;
    parts.push(filtered ?? segment);
  }
  const only = parts[0];
  if (parts.length === 1 && only !== undefined)
    return isFound(only) ? filled(node, only.value, only.guarded) : node;
  return joinParts(node, parts);
}

function isFound(part: Found | Expression): part is Found {
  return 'value' in part;
}

function joinParts(node: ScalarNode, parts: readonly (Found | Expression)[]): ScalarNode | TemplateProblem {
  let text = '';
  let constant = '';
  let late = false;
  let guarded = false;
  for (const part of parts) {
    if (isFound(part)) {
      if (part.value === null) return new TemplateProblem('a value that is null has no text');
      constant += String(part.value);
      guarded ||= part.guarded === true;
    } else {
      text += inTemplate(constant, true) + part.source;
      constant = '';
      late = true;
    }
  }
  if (!late) return filled(node, constant, guarded);
  return {
    ...node,
    value: text + inTemplate(constant, false),
    filled: true,
    ...(guarded ? { guarded } : {}),
  };
}

/** Text that stands in a template, so that none of it is read as one. */
function inTemplate(text: string, before: boolean): string {
  return text.includes('{{') || (before && text.endsWith('{')) ? quoteText(text) : text;
}

function filled(node: ScalarNode, value: Scalar, guarded: boolean | undefined): ScalarNode {
  const { empty: _, ...rest } = node;
  return {
    ...rest,
    value,
    filled: true,
    ...(typeof value === 'string' && value.includes('{{') ? { literal: true } : {}),
    ...(guarded === true ? { guarded } : {}),
  };
}

function filter(found: Found, expression: Expression): Found | TemplateProblem {
  let { value } = found;
  for (const name of expression.filters) {
    const next = FILTERS[name](value);
    if (next === undefined) {
      const shown =
        found.guarded === true
          ? 'its value'
          : JSON.stringify(typeof value === 'bigint' ? String(value) : value);
      return new TemplateProblem(`${expression.source}: ${shown} is no ${WANTED[name]}`);
    }
    value = next;
  }
  return { ...found, value };
}

const WANTED: Readonly<Record<Filter, string>> = {
  int: 'whole number',
  number: 'number',
  bool: 'true or false',
};

const FILTERS: Readonly<Record<Filter, (value: Scalar) => Scalar | undefined>> = {
  int: (value) => {
    if (typeof value === 'number') return Number.isInteger(value) ? value : undefined;
    return typeof value === 'string'
      ? integerOf(value.trim())
      : typeof value === 'bigint'
        ? value
        : undefined;
  },
  number: (value) => {
    if (typeof value === 'number' || typeof value === 'bigint') return value;
    return typeof value === 'string' ? numberOf(value.trim()) : undefined;
  },
  bool: (value) => {
    if (typeof value === 'boolean') return value;
    const text = String(value).trim().toLowerCase();
    if (['true', 'yes', '1'].includes(text)) return true;
    return ['false', 'no', '0'].includes(text) ? false : undefined;
  },
};
