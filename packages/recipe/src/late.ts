import type { Finding, Path } from '@datacook/core';
import { fillScalar, type Scope } from './fill.js';
import type { Findings } from './finding.js';
import { isTemplate, mapScalars, type Node } from './node.js';
import { type LateValues, lateScope } from './scopes.js';
import { TemplateProblem } from './template.js';

/** Names that must not be used at a place, and why. */
export interface Barred {
  readonly names: readonly string[];
  readonly reason: string;
}

/** How templates are filled in when a recipe is run, or looked at as if it were. */
export interface LateFill {
  readonly values: LateValues;
  /** How bad an unset `env_var` is. */
  readonly unset: Finding['severity'];
  readonly findings: Findings;
}

/** Fills in the templates that remain. Those that can't be filled yet stay. */
export function fillLate(node: Node, path: Path, fill: LateFill, barred?: Barred): Node {
  return mapScalars(
    node,
    (scalar, at) => {
      if (!isTemplate(scalar)) return scalar;
      const where = { origin: scalar.origin, path: at };
      const known = lateScope({
        ...fill.values,
        onUnset: (name) =>
          fill.findings.add(fill.unset, 'ENV', `the environment variable ${name} is not set`, {
            ...where,
            hint: `set it, or give a default: env_var('${name}', '…')`,
          }),
      });
      const scope: Scope = (expression) =>
        barred?.names.includes(expression.name) === true
          ? new TemplateProblem(`\`${expression.name}\` can't be used here: ${barred.reason}`)
          : known(expression);
      const filled = fillScalar(scalar, scope);
      if (!(filled instanceof TemplateProblem)) return filled;
      fill.findings.error(filled.code, filled.message, { ...where, hint: filled.hint });
      return scalar;
    },
    path,
  );
}

/** Whether some of it is not known yet. */
export function hasTemplates(node: Node): boolean {
  if (node.kind === 'scalar') return isTemplate(node);
  if (node.kind === 'list') return node.items.some(hasTemplates);
  return [...node.entries.values()].some(({ value }) => hasTemplates(value));
}
