import type { Finding, ResolvedRecipe } from '@datacook/core';
import { newRun } from '@datacook/engine';
import { expandRecipe } from '@datacook/recipe';
import { type CheckedRecipe, hasErrors } from './recipe-loader.js';

/**
 * Adds an error to each recipe that keeps its state where one before it does: each would take the other's state for
 * its own. Recipes that can't run are left as they are.
 */
export async function markSharedState(recipes: readonly CheckedRecipe[]): Promise<CheckedRecipe[]> {
  const seen: { readonly file: string; readonly resolved: ResolvedRecipe }[] = [];
  const marked: CheckedRecipe[] = [];
  for (const recipe of recipes) {
    if (recipes.length < 2 || recipe.opened === undefined || hasErrors(recipe.findings)) {
      marked.push(recipe);
      continue;
    }
    const { id, startedAt } = newRun();
    const resolved = await expandRecipe(recipe.opened.recipe, recipe.opened.plugins, { id, startedAt });
    const other = seen.find((one) => sharesState(one.resolved, resolved));
    seen.push({ file: recipe.file, resolved });
    marked.push(
      other === undefined
        ? recipe
        : { ...recipe, findings: [...recipe.findings, findingOf(resolved, other.file)] },
    );
  }
  return marked;
}

function sharesState(one: ResolvedRecipe, other: ResolvedRecipe): boolean {
  const isOneKey = one.state.key === other.state.key;
  const isOneLoad = one.name === other.name || one.source.stream === other.source.stream;
  return (
    isOneKey && isOneLoad && (isSame(one.state, other.state) || isSame(one.destination, other.destination))
  );
}

interface Place {
  readonly type: string;
  readonly config: unknown;
}

function isSame(one: Place, other: Place): boolean {
  return textOf(one) === textOf(other);
}

function textOf({ type, config }: Place): string {
  return JSON.stringify([type, config], (_, value) => (typeof value === 'bigint' ? String(value) : value));
}

function findingOf(recipe: ResolvedRecipe, other: string): Finding {
  const isNamed = recipe.state.key === recipe.name;
  const path = isNamed ? 'name' : 'state.key';
  const origin = recipe.originOf(path.split('.'));
  return {
    severity: 'error',
    code: 'INVALID',
    message: `${other} keeps its state under ${JSON.stringify(recipe.state.key)} as well`,
    hint: isNamed
      ? 'give each recipe a name of its own'
      : 'give each recipe a name or a `state.key` of its own',
    ...(origin === undefined ? {} : { origin }),
    path,
  };
}
