import { type BackfillRange, exitCodeOf, unlockState as unlock } from '@datacook/engine';
import { ExitCode } from '../exit-codes.js';
import type { Invocation } from '../invocation.js';
import { isAnswer } from '../recipe-loader.js';
import { unlockText } from '../text/state-change-text.js';
import { ask, checkCanAsk, ownTerminal } from './confirm.js';
import { openRecipe, type RecipeRequest, sayError } from './one-recipe.js';

export interface UnlockStateRequest extends RecipeRequest {
  readonly range: BackfillRange | undefined;
  readonly force: boolean;
  readonly yes: boolean;
  readonly json: boolean;
}

/** Breaks the lease of a recipe, once somebody has said yes, and writes whose it was to stdout. */
export async function unlockState(request: UnlockStateRequest, invocation: Invocation): Promise<number> {
  const { output } = invocation;
  const terminal = ownTerminal();
  try {
    checkCanAsk('state unlock', request.yes, terminal);
    const opened = await openRecipe(request, 'plan', invocation);
    if (!opened || opened.isWrong) return ExitCode.wrong;
    let isRefused = false;
    const report = await unlock(opened.recipe, {
      plugins: opened.plugins,
      force: request.force,
      ...(request.range ? { range: request.range } : {}),
      ...(request.yes
        ? {}
        : {
            confirm: async (preview) => {
              output.info(unlockText(preview));
              isRefused = !(await ask(`Break the lease of ${preview.recipe}?`, terminal));
              return !isRefused;
            },
          }),
    });
    if (request.json) output.json(report);
    else if (!isRefused) output.result(unlockText(report));
    if (isRefused) output.info('nothing was changed');
    return isRefused ? ExitCode.failed : ExitCode.done;
  } catch (error) {
    if (!isAnswer(error)) throw error;
    sayError(error, invocation);
    return exitCodeOf(error);
  }
}
