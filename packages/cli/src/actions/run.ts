import { type BackfillRange, exitCodeOf, type IfLocked, type RunReport, runRecipe } from '@datacook/engine';
import { ExitCode, exitCodeOfRuns } from '../exit-codes.js';
import { describeError } from '../failure.js';
import type { Invocation } from '../invocation.js';
import { type Listener, listen, type ProgressMode } from '../progress/listener.js';
import { findRecipeFiles } from '../recipe-files.js';
import { type CheckedRecipe, hasErrors, isAnswer, RecipeLoader } from '../recipe-loader.js';
import { refusedReport } from '../refused-report.js';
import { checkReportPath, runsFolder, saveReport, writeReport } from '../run-files.js';
import { markSharedState } from '../shared-state.js';
import { plural } from '../text/numbers.js';
import { shorten } from '../text/paths.js';
import { runsTable, runText } from '../text/run-text.js';
import { sayFindings } from './one-recipe.js';

export interface RunRequest {
  readonly recipes: readonly string[];
  readonly overlays: readonly string[];
  readonly fullRefresh: boolean;
  readonly range: BackfillRange | undefined;
  readonly ifLocked: IfLocked;
  readonly report: string | undefined;
  readonly progress: ProgressMode;
}

/** Runs recipes, one after another; none, if one of them is wrong. */
export async function run(request: RunRequest, invocation: Invocation): Promise<number> {
  const { output, interrupts } = invocation;
  const checked = await checkAll(request, invocation);
  if (!checked) return ExitCode.wrong;
  if (checked.some(({ findings }) => hasErrors(findings))) return refuse(checked, request, invocation);

  const codes: number[] = [];
  const reports: RunReport[] = [];
  for (const recipe of checked) {
    if (interrupts.exitCode !== undefined) {
      output.info(`${recipe.name} was not run`);
      continue;
    }
    const { code, report } = await interrupts.gracefully(() => runOne(recipe, request, invocation));
    codes.push(code);
    reports.push(report);
  }
  if (checked.length > 1 && request.progress !== 'json') output.result(runsTable(reports));
  return exitCodeOfRuns(codes, checked.length, interrupts.exitCode);
}

async function checkAll(
  request: RunRequest,
  invocation: Invocation,
): Promise<readonly CheckedRecipe[] | undefined> {
  const { output, program } = invocation;
  const loader = new RecipeLoader({ ...output.options, overlays: request.overlays, program });
  let checked: CheckedRecipe[] = [];
  try {
    if (request.report !== undefined) await checkReportPath(request.report);
    for (const file of await findRecipeFiles(request.recipes, output.options.cwd)) {
      const recipe = await loader.check(file, 'run');
      if (recipe.isSkipped)
        output.info(`skipped ${shorten(recipe.file, output.options.cwd)}: a fragment, nothing to run`);
      else checked.push(recipe);
    }
    checked = await markSharedState(checked);
  } catch (error) {
    if (!isAnswer(error)) throw error;
    output.error(describeError(error, output.options));
    return undefined;
  }
  if (checked.length === 0) {
    output.error(`nothing to run: ${request.recipes.join(', ')} has fragments only`);
    return undefined;
  }
  if (request.report !== undefined && checked.length > 1) {
    output.error(
      `--report takes one recipe, and there are ${checked.length}\n  the report of each run is written to .datacook/runs`,
    );
    return undefined;
  }
  for (const recipe of checked) sayFindings(recipe, invocation);
  return checked;
}

// Programs that wait for the end of a run get one for each recipe that is wrong.
async function refuse(
  checked: readonly CheckedRecipe[],
  request: RunRequest,
  { output, program }: Invocation,
): Promise<number> {
  const wrong = checked.filter(({ findings }) => hasErrors(findings));
  if (checked.length > 1)
    output.info(`nothing was run: ${plural(wrong.length, 'recipe')} of ${checked.length} can't run`);
  for (const recipe of wrong) {
    const report = refusedReport(recipe, program.version);
    listen(request.progress, output, recipe).end(report);
    await writeWanted(request.report, report, output);
  }
  return ExitCode.wrong;
}

interface Ran {
  readonly code: number;
  readonly report: RunReport;
}

async function runOne(checked: CheckedRecipe, request: RunRequest, invocation: Invocation): Promise<Ran> {
  const { output, interrupts, program } = invocation;
  const { recipe, plugins } = checked.opened!;
  const listener: Listener = listen(request.progress, output, checked);
  const outcome = await runRecipe(recipe, {
    plugins,
    signal: interrupts.signal,
    onEvent: (event) => listener.onEvent(event),
    ifLocked: request.ifLocked,
    fullRefresh: request.fullRefresh,
    ...(request.range ? { range: request.range } : {}),
    versions: { datacook: program.version },
  });
  const code = outcome.error ? (interrupts.exitCode ?? exitCodeOf(outcome.error)) : ExitCode.done;
  const report: RunReport = { ...outcome.report, exit_code: code };

  const path = await saveReport(runsFolder(recipe.project.home), report).catch((error: Error) => {
    output.warning(`the run report can't be written: ${error.message}`);
    return undefined;
  });
  await writeWanted(request.report, report, output);
  listener.end(report);
  if (outcome.error) output.error(`${report.recipe}: ${describeError(outcome.error, output.options)}`);
  if (request.progress !== 'json') {
    output.result(runText(report, path && shorten(path, output.options.cwd), (text) => output.bold(text)));
  }
  return { code, report };
}

// What keeps it from being written could not be seen before the run: the run is what it is all the same.
async function writeWanted(
  path: string | undefined,
  report: RunReport,
  output: Invocation['output'],
): Promise<void> {
  if (path === undefined) return;
  try {
    await writeReport(path, report);
  } catch (error) {
    output.warning(`the report can't be written to ${path}: ${(error as Error).message}`);
  }
}
