import type { Path } from '@datacook/core';
import { fillScalar, type Scope } from './fill.js';
import type { Findings } from './finding.js';
import { child, isTemplate, type MapNode, mapScalars, type Node, withKey } from './node.js';
import { earlyScope, knownName, namesOfVars, type Vars } from './scopes.js';
import { nearest } from './suggest.js';
import { TemplateProblem } from './template.js';

/**
 * Substitutes what is known already: `var` and `recipe.name`. The environment's, the run's and the stream's templates
 * stay as written. `vars` are literals; tests are left to those who run them.
 */
export function substituteEarly(
  root: MapNode,
  vars: Vars,
  findings: Findings,
): { tree: MapNode; scope: Scope } {
  let tree = root;
  const name = child(tree, 'name');
  if (name !== undefined) tree = withKey(tree, 'name', fillTree(name, ['name'], nameScope(vars), findings));
  const scope = earlyScope(vars, knownName(tree));
  for (const [key, entry] of tree.entries) {
    if (key === 'name' || key === 'tests') continue;
    if (key === 'vars') tree = withKey(tree, key, literalVars(entry.value, findings));
    else tree = withKey(tree, key, fillTree(entry.value, [key], scope, findings));
  }
  warnOfUnused(vars, findings);
  return { tree, scope };
}

function nameScope(vars: Vars): Scope {
  const known = earlyScope(vars, undefined);
  return (expression) =>
    expression.name === 'recipe.name'
      ? new TemplateProblem("a recipe's name can't be made of itself")
      : known(expression);
}

/** Fills in the templates of a tree; those that can't be become findings, and stay. */
export function fillTree(node: Node, path: Path, scope: Scope, findings: Findings): Node {
  return mapScalars(
    node,
    (scalar, at) => {
      if (!isTemplate(scalar)) return scalar;
      const filled = fillScalar(scalar, scope);
      if (!(filled instanceof TemplateProblem)) return filled;
      findings.error(filled.code, filled.message, { origin: scalar.origin, path: at, hint: filled.hint });
      return { ...scalar, literal: true };
    },
    path,
  );
}

function literalVars(node: Node, findings: Findings): Node {
  return mapScalars(
    node,
    (scalar, path) => {
      if (!isTemplate(scalar)) return scalar;
      findings.warning(
        'TEMPLATE',
        'the values of `vars` are literals: the template in it is not substituted',
        {
          origin: scalar.origin,
          path,
          hint: 'write the template where the value is needed, or `!literal` if the text is meant',
        },
      );
      return { ...scalar, literal: true };
    },
    ['vars'],
  );
}

function warnOfUnused(vars: Vars, findings: Findings): void {
  const others = namesOfVars({ ...vars, given: {} });
  for (const name of Object.keys(vars.given)) {
    if (vars.used.has(name) || others.includes(name)) continue;
    const near = nearest(name, [...vars.used, ...others]);
    findings.warning('VAR', `the given var ${name} is not used`, {
      hint: near.length === 0 ? undefined : `did you mean ${near.join(' or ')}?`,
    });
  }
}
