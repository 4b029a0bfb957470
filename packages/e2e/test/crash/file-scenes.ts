import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { type CrashMatrixOptions, type CrashReport, crashMatrix } from '@datacook/testkit';
import { CHILD, runUndisturbed } from './child-program.js';
import { FileJudge } from './file-judge.js';
import { EVENTS, writeFirstFiles, writeLaterFiles, writeRecipe } from './file-workload.js';
import { openTarget } from './targets/open-target.js';
import { LOCAL_STATE, type TargetPlace, type TargetSystem } from './targets/target.js';

const SEED = 8;

/** What is loaded from files, where to, and how. */
export interface FileScene {
  readonly name: string;
  readonly to: TargetSystem;
  readonly mode: 'append' | 'merge' | 'replace';
  /** The first files are loaded before anybody is killed. */
  readonly loadedBefore: boolean;
  readonly fullRefresh?: boolean;
}

const CASES: readonly Omit<FileScene, 'to'>[] = [
  { name: 'first append', mode: 'append', loadedBefore: false },
  { name: 'append of new files', mode: 'append', loadedBefore: true },
  { name: 'first merge', mode: 'merge', loadedBefore: false },
  { name: 'merge of new files', mode: 'merge', loadedBefore: true },
  { name: 'replace', mode: 'replace', loadedBefore: true },
  { name: 'full refresh', mode: 'append', loadedBefore: true, fullRefresh: true },
];

/** The scenes of one target. */
export function fileScenes(to: TargetSystem): readonly FileScene[] {
  return CASES.map((scene) => ({ ...scene, to, name: `file > ${to}, ${scene.name}` }));
}

/** The scene of a target with such a name. */
export function fileScene(to: TargetSystem, name: string): FileScene {
  return fileScenes(to).find((scene) => scene.name === `file > ${to}, ${name}`)!;
}

/** What the children of one folder work on. */
export interface FilePlace {
  readonly target: TargetPlace;
  readonly judge: FileJudge;
}

/** Makes what a scene's children work on in a folder, and loads what was loaded before. */
export async function prepareFileScene(
  scene: FileScene,
  folder: string,
  stateOf: (target: TargetPlace) => string = () => LOCAL_STATE,
): Promise<FilePlace> {
  const target = await openTarget(scene.to, folder, EVENTS);
  const judge = new FileJudge(scene, target);
  const destination = target.recipe(scene.mode, scene.mode === 'merge' ? ['id'] : []);
  writeRecipe(folder, scene.mode, destination, stateOf(target));
  writeFirstFiles(folder);
  if (scene.loadedBefore) await runUndisturbed(folder);
  writeLaterFiles(folder);
  await judge.learn(folder);
  return { target, judge };
}

/** The child's arguments for a scene. */
export function fileSceneArgs(scene: FileScene): readonly string[] {
  return [
    'recipe.yaml',
    ...(scene.fullRefresh ? ['--full-refresh'] : []),
    // How state files are made durable is tried with one target.
    ...(scene.to === 'duckdb' ? [] : ['--plain-state']),
    // After a replace a further run would hide what is wrong.
    ...(scene.mode === 'replace' ? [] : ['--again=1']),
  ];
}

/** Kills the runs of a scene; see `crashMatrix`. */
export async function crashFileScene(
  scene: FileScene,
  options: Pick<CrashMatrixOptions, 'boundaries' | 'killsInRecovery' | 'parallel'> & {
    readonly fault?: string;
  },
): Promise<CrashReport> {
  const { fault, ...matrix } = options;
  const places = new Map<string, FilePlace>();
  const at = (folder: string) => places.get(folder)!;
  const args = [...fileSceneArgs(scene), ...(fault === undefined ? [] : [`--fault=${fault}`])];
  try {
    return await crashMatrix({
      name: fault === undefined ? scene.name : `${scene.name}, planted fault ${fault}`,
      seed: SEED,
      ...matrix,
      child: { script: CHILD, args: () => args },
      prepare: async (folder) => void places.set(folder, await prepareFileScene(scene, folder)),
      contents: async (folder) => (await at(folder).target.read()).rows ?? [],
      outside: {
        putAside: (folder, name) => at(folder).target.putAside(name),
        layOut: (folder, name) => at(folder).target.layOut(name),
      },
      checkCrashed: async (folder, trial) => {
        await at(folder).target.waitForTheDead();
        return at(folder).judge.checkCrashed(trial);
      },
      check: (folder, trial) => at(folder).judge.check(folder, trial),
      // The head outranks the state: that may be lost.
      afterCrash: async (folder, { killAt }) => {
        if (killAt % 3 === 0) rmSync(join(folder, 'state'), { recursive: true, force: true });
      },
    });
  } finally {
    await Promise.all([...places.values()].map(({ target }) => target.close()));
  }
}
