import { exitCodeOf, readState } from '@datacook/engine';
import { ExitCode } from '../exit-codes.js';
import type { Invocation } from '../invocation.js';
import { isAnswer } from '../recipe-loader.js';
import { recentRuns, runsFolder } from '../run-files.js';
import { stateText } from '../text/state-text.js';
import { openRecipe, type RecipeRequest, sayError } from './one-recipe.js';

export interface ShowStateRequest extends RecipeRequest {
  readonly json: boolean;
}

/** How many runs are shown. */
const RECENT_RUNS = 10;

/** Writes how far a recipe has come to stdout. */
export async function showState(request: ShowStateRequest, invocation: Invocation): Promise<number> {
  const { output } = invocation;
  const opened = await openRecipe(request, 'plan', invocation);
  if (!opened || opened.isWrong) return ExitCode.wrong;
  const { recipe, plugins } = opened;
  try {
    const state = await readState(recipe, { plugins });
    const folder = runsFolder(recipe.project.home);
    const runs = await recentRuns(folder, state.recipe, RECENT_RUNS, (text) => output.warning(text));
    if (request.json) output.json({ ...state, runs });
    else output.result(stateText(state, runs));
    return ExitCode.done;
  } catch (error) {
    if (!isAnswer(error)) throw error;
    sayError(error, invocation);
    return exitCodeOf(error);
  }
}
