import type { Finding } from '@datacook/core';
import { formatFinding } from '@datacook/recipe';
import { ExitCode } from '../exit-codes.js';
import type { Invocation } from '../invocation.js';
import { findRecipeFiles } from '../recipe-files.js';
import { findingOf, hasErrors, isAnswer, RecipeLoader } from '../recipe-loader.js';
import { plural } from '../text/numbers.js';

export interface ValidateRequest {
  readonly recipes: readonly string[];
  readonly overlays: readonly string[];
  readonly json: boolean;
}

/** Checks recipes, and writes what is to be said about them to stdout. */
export async function validate(request: ValidateRequest, { output, program }: Invocation): Promise<number> {
  const loader = new RecipeLoader({ ...output.options, overlays: request.overlays, program });
  const { recipes, findings } = await check(request.recipes, loader, output.options.cwd);
  if (request.json) {
    output.json({ version: 1, findings: findings.map(findingDocument) });
  } else {
    for (const finding of findings) output.result(formatFinding(finding, output.options));
    const errors = findings.filter(({ severity }) => severity === 'error').length;
    const counts = [
      plural(recipes, 'recipe'),
      plural(errors, 'error'),
      plural(findings.length - errors, 'warning'),
    ];
    output.result(counts.join(', '));
  }
  return hasErrors(findings) ? ExitCode.wrong : ExitCode.done;
}

async function check(
  args: readonly string[],
  loader: RecipeLoader,
  cwd: string,
): Promise<{ readonly recipes: number; readonly findings: readonly Finding[] }> {
  try {
    const files = await findRecipeFiles(args, cwd);
    const findings: Finding[] = [];
    for (const file of files) findings.push(...(await loader.check(file, 'validate')).findings);
    return { recipes: files.length, findings };
  } catch (error) {
    if (!isAnswer(error)) throw error;
    return { recipes: 0, findings: [findingOf(error)] };
  }
}

function findingDocument({ severity, code, message, hint, origin, path }: Finding) {
  return {
    severity,
    code,
    message,
    hint: hint ?? null,
    file: origin?.file ?? null,
    line: origin?.line ?? null,
    column: origin?.column ?? null,
    path: path ?? null,
  };
}
