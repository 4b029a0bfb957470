import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { type CrashMatrixOptions, type CrashReport, crashMatrix } from '@datacook/testkit';
import { CHILD, runUndisturbed } from './child-program.js';
import { PostgresJudge } from './postgres-judge.js';
import { PostgresPlace } from './postgres-place.js';
import { KEYED, type Load, type OrdersTable, type Sizes, UNKEYED, writeRecipe } from './postgres-workload.js';
import type { WriterKind } from './postgres-writer.js';

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
const SMALL: Sizes = { batch: 5, checkpoint: 15 };
/** Where thousands of rows come in the meantime. */
const LARGE: Sizes = { batch: 100, checkpoint: 300 };

/** What is loaded from Postgres while others write to it, and how. */
export interface PostgresScene {
  readonly name: string;
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

/** Each case with a first load, and with a later one. */
export const POSTGRES_SCENES: readonly PostgresScene[] = CASES.flatMap(([name, table, writer, load]) =>
  [false, true].map((loadedBefore) => ({
    name: `postgres > duckdb, ${name}, ${loadedBefore ? 'later' : 'first'} load`,
    table,
    writer,
    load,
    loadedBefore,
  })),
);

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
  const places = new Map<string, { readonly place: PostgresPlace; readonly judge: PostgresJudge }>();
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
          'recipe.yaml',
          '--again=2',
          `--writer=${at(folder).place.writer.pipes}`,
          ...(isFree ? ['--free'] : []),
          ...(fault === undefined ? [] : [`--fault=${fault}`]),
        ],
      },
      prepare: async (folder) => {
        const place = await PostgresPlace.open(scene.table, scene.writer, SEED);
        const judge = new PostgresJudge(scene, place);
        places.set(folder, { place, judge });
        writeRecipe(folder, place.url, scene.load, isFree ? LARGE : SMALL);
        if (!scene.loadedBefore) return;
        await runUndisturbed(folder);
        await judge.learn(folder);
        await place.writer.tie();
        await place.writer.step(STEPS_BETWEEN_LOADS[scene.writer]);
        await place.writer.finish();
      },
      outside: {
        putAside: (folder, name) => at(folder).place.putAside(name),
        layOut: (folder, name) => at(folder).place.layOut(name),
      },
      checkCrashed: (folder, trial) => at(folder).judge.checkCrashed(folder, trial),
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
    await Promise.all([...places.values()].map(({ place }) => place.close()));
  }
}
