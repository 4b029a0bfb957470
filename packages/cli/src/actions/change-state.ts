import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { DatacookError, type Json } from '@datacook/core';
import { changeState as change, exitCodeOf, type StateChange } from '@datacook/engine';
import { ExitCode } from '../exit-codes.js';
import type { Invocation } from '../invocation.js';
import { isAnswer } from '../recipe-loader.js';
import { stateChangeText } from '../text/state-change-text.js';
import { ask, checkCanAsk, ownTerminal } from './confirm.js';
import { openRecipe, type RecipeRequest, sayError } from './one-recipe.js';

export interface ChangeStateRequest extends RecipeRequest {
  /** As it was typed, for messages. */
  readonly command: string;
  readonly change: () => Promise<StateChange> | StateChange;
  readonly yes: boolean;
  readonly json: boolean;
}

/** Changes the state of a recipe on purpose, once somebody has said yes, and writes what was done to stdout. */
export async function changeState(request: ChangeStateRequest, invocation: Invocation): Promise<number> {
  const { output } = invocation;
  const terminal = ownTerminal();
  try {
    checkCanAsk(request.command, request.yes, terminal);
    const wanted = await request.change();
    const opened = await openRecipe(request, 'run', invocation);
    if (!opened || opened.isWrong) return ExitCode.wrong;
    const report = await change(opened.recipe, wanted, {
      plugins: opened.plugins,
      ...(request.yes
        ? {}
        : {
            confirm: (preview) => {
              output.info(stateChangeText(preview));
              return ask(`Change the state of ${preview.recipe}?`, terminal);
            },
          }),
    });
    for (const warning of report.warnings) output.warning(warning);
    if (request.json) output.json(report);
    else if (report.changed) output.result(stateChangeText(report));
    if (!report.changed) output.info('nothing was changed');
    return report.changed ? ExitCode.done : ExitCode.failed;
  } catch (error) {
    if (!isAnswer(error)) throw error;
    sayError(error, invocation);
    return exitCodeOf(error);
  }
}

/** The position that a command was given, as text or in a file. Throws CONFIG for what is none. */
export async function positionOf(text: string | undefined, file: string | undefined): Promise<Json> {
  const from = file === undefined ? 'the position' : `the position in ${file}`;
  const json = file === undefined ? (text ?? '') : await read(file);
  let position: Json;
  try {
    position = JSON.parse(json) as Json;
  } catch (error) {
    throw refuse(`${from} is no JSON: ${(error as Error).message}`, error);
  }
  if (position === null) throw refuse(`${from} is null: that is none`);
  const inexact = inexactNumber(position);
  if (inexact !== undefined) throw refuse(`${from} has a number that JSON can't hold exactly: ${inexact}`);
  return position;
}

async function read(file: string): Promise<string> {
  try {
    return await readFile(resolve(file), 'utf8');
  } catch (error) {
    throw refuse(`the file ${file} can't be read: ${(error as Error).message}`, error);
  }
}

// A position holds great numbers as text.
function inexactNumber(value: Json): number | undefined {
  if (typeof value === 'number') return Math.abs(value) > Number.MAX_SAFE_INTEGER ? value : undefined;
  if (typeof value !== 'object' || value === null) return undefined;
  for (const part of Object.values(value) as Json[]) {
    const found = inexactNumber(part);
    if (found !== undefined) return found;
  }
  return undefined;
}

function refuse(message: string, cause?: unknown): DatacookError {
  return new DatacookError('CONFIG', message, {
    hint: 'a position is JSON as datacook show-state RECIPE --json shows it; state reset is for none',
    ...(cause === undefined ? {} : { cause }),
  });
}
