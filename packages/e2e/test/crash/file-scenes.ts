import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { type CrashMatrixOptions, type CrashReport, crashMatrix } from '@datacook/testkit';
import { CHILD, runUndisturbed } from './child-program.js';
import { FileJudge } from './file-judge.js';
import { EVENTS, writeFirstFiles, writeLaterFiles, writeRecipe } from './file-workload.js';
import { readTarget } from './target.js';

const SEED = 8;

/** What is loaded from files, and how. */
export interface FileScene {
  readonly name: string;
  readonly mode: 'append' | 'replace';
  /** The first files are loaded before anybody is killed. */
  readonly loadedBefore: boolean;
  readonly fullRefresh?: boolean;
}

export const FILE_SCENES: readonly FileScene[] = [
  { name: 'file > duckdb, first append', mode: 'append', loadedBefore: false },
  { name: 'file > duckdb, append of new files', mode: 'append', loadedBefore: true },
  { name: 'file > duckdb, replace', mode: 'replace', loadedBefore: true },
  { name: 'file > duckdb, full refresh', mode: 'append', loadedBefore: true, fullRefresh: true },
];

/** Kills the runs of a scene; see `crashMatrix`. */
export async function crashFileScene(
  scene: FileScene,
  options: Pick<CrashMatrixOptions, 'boundaries' | 'killsInRecovery'> & { readonly fault?: string },
): Promise<CrashReport> {
  const { boundaries, killsInRecovery, fault } = options;
  const judge = new FileJudge(scene);
  const args = ['recipe.yaml'];
  if (scene.fullRefresh) args.push('--full-refresh');
  // After a replace a further run would hide what is wrong.
  if (scene.mode === 'append') args.push('--again=1');
  if (fault !== undefined) args.push(`--fault=${fault}`);
  return crashMatrix({
    name: fault === undefined ? scene.name : `${scene.name}, planted fault ${fault}`,
    seed: SEED,
    boundaries,
    killsInRecovery,
    child: { script: CHILD, args: () => args },
    prepare: async (folder) => {
      writeRecipe(folder, scene.mode);
      writeFirstFiles(folder);
      if (scene.loadedBefore) await runUndisturbed(folder);
      writeLaterFiles(folder);
      await judge.learn(folder);
    },
    contents: async (folder) => (await readTarget(folder, EVENTS)).rows ?? [],
    checkCrashed: (folder, trial) => judge.checkCrashed(folder, trial),
    check: (folder, trial) => judge.check(folder, trial),
    // The head outranks the state: that may be lost.
    afterCrash: async (folder, { killAt }) => {
      if (killAt % 3 === 0) rmSync(join(folder, 'state'), { recursive: true, force: true });
    },
  });
}
