import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { type CrashMatrixOptions, type CrashReport, crashMatrix, type Outside } from '@datacook/testkit';
import { CHILD, runUndisturbed } from './child-program.js';
import { PostgresJudge } from './postgres-judge.js';
import { PostgresPlace } from './postgres-place.js';
import { KEYED, type Load, type OrdersTable, type Sizes, UNKEYED, writeRecipe } from './postgres-workload.js';
import type { WriterKind } from './postgres-writer.js';
import { openTarget } from './targets/open-target.js';
import { LOCAL_STATE, type TargetPlace, type TargetSystem } from './targets/target.js';

const SEED = 9;
/** Steps of the writer between the first load and the later one. */
const STEPS_BETWEEN_LOADS: Readonly<Record<WriterKind, number>> = {
  serial: 25,
  'serial-without-key': 25,
  overlapping: 100,
};
/** And between a crash and its recovery. */
const STEPS_AFTER_CRASH = 3;

/** So small that each partition has several batches and epochs. */
export const SMALL: Sizes = { batch: 5, checkpoint: 15 };
/** Where thousands of rows come in the meantime. */
const LARGE: Sizes = { batch: 100, checkpoint: 300 };

/** What is loaded from Postgres while others write to it, and how. */
export interface PostgresScene {
  readonly name: string;
  readonly to: TargetSystem;
  readonly table: OrdersTable;
  readonly writer: WriterKind;
  readonly load: Load;
  /** A load has been there before anybody is killed. */
  readonly loadedBefore: boolean;
}

const BY_TIME: Load['incremental'] = { strategy: 'cursor', cursor: 'changed_at' };
const BY_NUMBER: Load['incremental'] = { strategy: 'cursor', cursor: 'revision' };
const BY_WATERMARK: Load['incremental'] = { strategy: 'watermark', cursor: 'changed_at' };

type Case = readonly [name: string, table: OrdersTable, writer: WriterKind, load: Load];
const CASES: readonly Case[] = [
  ['append by cursor', KEYED, 'serial', { mode: 'append', incremental: BY_TIME }],
  ['merge by cursor', KEYED, 'serial', { mode: 'merge', incremental: BY_NUMBER }],
  ['replace', KEYED, 'serial', { mode: 'replace' }],
  ['append by watermark', KEYED, 'overlapping', { mode: 'append', incremental: BY_WATERMARK }],
  ['merge by watermark', KEYED, 'overlapping', { mode: 'merge', incremental: BY_WATERMARK }],
  ['append without key', UNKEYED, 'serial-without-key', { mode: 'append', incremental: BY_NUMBER }],
  ['append everything without key', UNKEYED, 'serial-without-key', { mode: 'append' }],
  ['replace without key', UNKEYED, 'serial-without-key', { mode: 'replace' }],
];

/** The scenes of one target: each case with a first load, and with a later one. */
export function postgresScenes(to: TargetSystem): readonly PostgresScene[] {
  return CASES.flatMap(([name, table, writer, load]) =>
    [false, true].map((loadedBefore) => ({
      name: `postgres > ${to}, ${name}, ${loadedBefore ? 'later' : 'first'} load`,
      to,
      table,
      writer,
      load,
      loadedBefore,
    })),
  );
}

/** The scene of a target with such a name. */
export function postgresScene(to: TargetSystem, name: string): PostgresScene {
  return postgresScenes(to).find((scene) => scene.name === `postgres > ${to}, ${name}`)!;
}

/** What the children of one folder work on. */
export interface ScenePlace {
  readonly place: PostgresPlace;
  readonly target: TargetPlace;
  readonly judge: PostgresJudge;
}

/** Makes what a scene's children work on in a folder, and loads what was loaded before. */
export async function preparePostgresScene(
  scene: PostgresScene,
  folder: string,
  sizes: Sizes = SMALL,
  stateOf: (target: TargetPlace) => string = () => LOCAL_STATE,
): Promise<ScenePlace> {
  const place = await PostgresPlace.open(scene.table, scene.writer, SEED);
  const target = await openTarget(scene.to, folder, scene.table.target);
  const judge = new PostgresJudge(scene, place, target);
  const destination = target.recipe(scene.load.mode);
  writeRecipe(folder, place.url, scene.load, destination, stateOf(target), sizes);
  if (scene.loadedBefore) {
    await runUndisturbed(folder);
    await judge.learn();
    await place.writer.tie();
    await place.writer.step(STEPS_BETWEEN_LOADS[scene.writer]);
    await place.writer.finish();
  }
  return { place, target, judge };
}

/** The child's arguments: the writer goes on beside it, and two quiet runs follow. */
export function sceneArgs({ place }: ScenePlace): readonly string[] {
  return ['recipe.yaml', '--again=2', `--writer=${place.writer.pipes}`];
}

/** What is kept and laid out together with the folder: the source and the target. */
export function outsideOf(at: (folder: string) => ScenePlace): Outside {
  return {
    putAside: async (folder, name) => {
      const { place, target } = at(folder);
      await place.putAside(name);
      await target.putAside(name);
    },
    layOut: async (folder, name) => {
      const { place, target } = at(folder);
      await place.layOut(name);
      await target.layOut(name);
    },
  };
}

export async function closePlace({ place, target }: ScenePlace): Promise<void> {
  await place.close();
  await target.close();
}

export interface PostgresMatrixOptions
  extends Pick<CrashMatrixOptions, 'boundaries' | 'killsInRecovery' | 'parallel'> {
  /** A defect to plant in the child. */
  readonly fault?: string;
  /** The writer goes on by itself, as fast as it can, instead of taking a step at each boundary: no two runs are alike. */
  readonly isFree?: boolean;
}

/**
 * Kills the runs of a scene; see `crashMatrix`. The writer takes its steps at boundaries of the run, goes on after a
 * crash, and finishes when the last of them is over; then come a quiet run, which has to bring what is missing, and one
 * more, which must find nothing new.
 */
export async function crashPostgresScene(
  scene: PostgresScene,
  options: PostgresMatrixOptions,
): Promise<CrashReport> {
  const { fault, isFree = false, ...matrix } = options;
  const places = new Map<string, ScenePlace>();
  const at = (folder: string) => places.get(folder)!;
  try {
    return await crashMatrix({
      name: [
        scene.name,
        ...(isFree ? ['writer free'] : []),
        ...(fault ? [`planted fault ${fault}`] : []),
      ].join(', '),
      seed: SEED,
      ...matrix,
      child: {
        script: CHILD,
        args: (folder) => [
          ...sceneArgs(at(folder)),
          ...(isFree ? ['--free'] : []),
          ...(fault === undefined ? [] : [`--fault=${fault}`]),
        ],
      },
      prepare: async (folder) => {
        places.set(folder, await preparePostgresScene(scene, folder, isFree ? LARGE : SMALL));
      },
      outside: outsideOf(at),
      checkCrashed: async (folder, trial) => {
        await at(folder).target.waitForTheDead();
        return at(folder).judge.checkCrashed(trial);
      },
      check: (folder) => at(folder).judge.check(folder),
      afterCrash: async (folder, { killAt }) => {
        const { place } = at(folder);
        await place.waitForTheDead();
        await place.writer.step(STEPS_AFTER_CRASH);
        // The head outranks the state: that may be lost.
        if (killAt % 3 === 0) rmSync(join(folder, 'state'), { recursive: true, force: true });
      },
    });
  } finally {
    await Promise.all([...places.values()].map(closePlace));
  }
}
