import type { DatacookError, Finding, Plugins } from '@datacook/core';
import { formatFinding, type LoadedRecipe } from '@datacook/recipe';
import { describeError } from '../failure.js';
import type { Invocation } from '../invocation.js';
import { findRecipeFile, type RecipeFile } from '../recipe-files.js';
import { type CheckedRecipe, hasErrors, isAnswer, type Purpose, RecipeLoader } from '../recipe-loader.js';

/** A recipe that could be read. */
export interface OpenedRecipe {
  readonly recipe: LoadedRecipe;
  readonly plugins: Plugins;
  /** What has been said about it. */
  readonly findings: readonly Finding[];
  /** Whether something is wrong with it. It has been said. */
  readonly isWrong: boolean;
}

export interface RecipeRequest {
  readonly recipe: string;
  readonly overlays: readonly string[];
}

/** Opens the one recipe of a command, and says on stderr what is to be said about it. Undefined: it can't be read. */
export async function openRecipe(
  request: RecipeRequest,
  purpose: Purpose,
  { output, program }: Invocation,
): Promise<OpenedRecipe | undefined> {
  const loader = new RecipeLoader({ ...output.options, overlays: request.overlays, program });
  let file: RecipeFile;
  try {
    file = await findRecipeFile(request.recipe, output.options.cwd);
  } catch (error) {
    if (!isAnswer(error)) throw error;
    output.error(describeError(error, output.options));
    return undefined;
  }
  const checked = await loader.check(file, purpose);
  sayFindings(checked, { output });
  return (
    checked.opened && {
      ...checked.opened,
      findings: checked.findings,
      isWrong: hasErrors(checked.findings),
    }
  );
}

/** Writes what is to be said about a recipe to stderr. */
export function sayFindings({ findings }: CheckedRecipe, { output }: Pick<Invocation, 'output'>): void {
  for (const finding of findings) output.info(formatFinding(finding, output.options));
}

/** Writes the error that a command ended with to stderr: with all that is wrong with the recipe, if it is that. */
export function sayError(error: DatacookError, { output }: Pick<Invocation, 'output'>): void {
  const { findings } = error.details as { readonly findings?: readonly Finding[] };
  const errors = (findings ?? []).filter((finding) => hasErrors([finding]));
  if (errors.length === 0) output.error(describeError(error, output.options));
  for (const finding of errors) output.info(formatFinding(finding, output.options));
}
