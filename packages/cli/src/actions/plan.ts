import { type BackfillRange, exitCodeOf, planRecipe } from '@datacook/engine';
import { ExitCode, worst } from '../exit-codes.js';
import { describeError } from '../failure.js';
import type { Invocation } from '../invocation.js';
import { isAnswer } from '../recipe-loader.js';
import { shorten } from '../text/paths.js';
import { planText } from '../text/plan-text.js';
import { openRecipe, type RecipeRequest, sayError } from './one-recipe.js';

export interface PlanRequest extends RecipeRequest {
  readonly offline: boolean;
  readonly fullRefresh: boolean;
  readonly range: BackfillRange | undefined;
}

/** Writes what a run would do to stdout. */
export async function plan(request: PlanRequest, invocation: Invocation): Promise<number> {
  const { output, interrupts } = invocation;
  const opened = await openRecipe(request, 'plan', invocation);
  if (!opened || opened.isWrong) return ExitCode.wrong;
  const { offline, fullRefresh } = request;
  try {
    const report = await planRecipe(opened.recipe, {
      plugins: opened.plugins,
      offline,
      fullRefresh,
      ...(request.range ? { range: request.range } : {}),
      signal: interrupts.signal,
    });
    output.result(shorten(planText(report, { offline }), output.options.cwd));
    const said = new Set(opened.findings.map(({ message }) => message));
    for (const warning of report.warnings) if (!said.has(warning)) output.warning(warning);
    for (const problem of report.problems) output.error(describeError(problem, output.options));
    return worst(report.problems.map(exitCodeOf));
  } catch (error) {
    if (!isAnswer(error)) throw error;
    sayError(error, invocation);
    return exitCodeOf(error);
  }
}
