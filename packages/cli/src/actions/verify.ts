import { exitCodeOf, verifyRecipe } from '@datacook/engine';
import { ExitCode } from '../exit-codes.js';
import type { Invocation } from '../invocation.js';
import { isAnswer } from '../recipe-loader.js';
import { verifyText } from '../text/verify-text.js';
import { openRecipe, type RecipeRequest, sayError } from './one-recipe.js';

export interface VerifyRequest extends RecipeRequest {
  readonly keys?: readonly string[];
  readonly ignore: readonly string[];
  readonly limit: number;
  readonly json: boolean;
}

/** Compares source and table of a recipe, and writes what was found to stdout. */
export async function verify(request: VerifyRequest, invocation: Invocation): Promise<number> {
  const { output, interrupts } = invocation;
  const opened = await openRecipe(request, 'run', invocation);
  if (!opened || opened.isWrong) return ExitCode.wrong;
  const { recipe, plugins } = opened;
  const { keys, ignore, limit } = request;
  try {
    const report = await verifyRecipe(recipe, {
      plugins,
      ...(keys ? { keys } : {}),
      ignore,
      limit,
      signal: interrupts.signal,
    });
    if (request.json) output.json(report);
    else output.result(verifyText(report));
    return report.equal ? ExitCode.done : ExitCode.failed;
  } catch (error) {
    if (!isAnswer(error)) throw error;
    sayError(error, invocation);
    return exitCodeOf(error);
  }
}
