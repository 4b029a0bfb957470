import { resolvedText } from '@datacook/recipe';
import { ExitCode } from '../exit-codes.js';
import type { Invocation } from '../invocation.js';
import { openRecipe, type RecipeRequest } from './one-recipe.js';

export interface ResolveRequest extends RecipeRequest {
  readonly origin: boolean;
  readonly expand: boolean;
  readonly format: 'yaml' | 'json';
}

/** Writes the effective recipe to stdout. */
export async function resolve(request: ResolveRequest, invocation: Invocation): Promise<number> {
  const opened = await openRecipe(request, 'validate', invocation);
  if (!opened) return ExitCode.wrong;
  const { origin, expand, format } = request;
  // Nothing of it could be read: an empty recipe would be an answer to nothing.
  if (opened.isWrong && Object.keys(opened.recipe.value ?? {}).length === 0) return ExitCode.wrong;
  const text = await resolvedText(opened.recipe, { format, origin, expand, plugins: opened.plugins });
  invocation.output.result(text.trimEnd());
  return opened.isWrong ? ExitCode.wrong : ExitCode.done;
}
