import { type ChildProgram, runAlone, seededRandom } from '@datacook/testkit';
import { CHILD } from '../crash/child-program.js';
import { LargePlace, type LargeScene } from './large-place.js';

/** Kills after which what is there is looked at. */
const LOOK_EVERY = 10;
/** Runs after the writers have finished. */
const QUIET_RUNS = 2;

export interface RandomKillOptions {
  readonly rows: number;
  readonly kills: number;
  readonly seed: number;
}

const PROGRAM: ChildProgram = { script: CHILD, args: () => ['recipe.yaml', '--plain-state'] };

/** What random kills of a scene brought. */
export interface RandomReport {
  readonly name: string;
  readonly rows: number;
  readonly runs: number;
  readonly kills: number;
  readonly seed: number;
  readonly wrong: readonly string[];
}

/**
 * Loads a large table again and again while others write to it, and kills the process at random moments; a run that is
 * faster than that has loaded all. At the end the writers finish, and quiet runs have to bring what is missing.
 */
export async function killAtRandom(scene: LargeScene, options: RandomKillOptions): Promise<RandomReport> {
  const { rows, seed } = options;
  const random = seededRandom(seed);
  const place = await LargePlace.open(scene, rows, seed);
  const wrong: string[] = [];
  let kills = 0;
  let runs = 0;
  try {
    await place.writer.go();
    // A first guess of how long a run takes; each run that comes to its end tells more.
    let longestMs = 500 + rows / 100;
    while (kills < options.kills && wrong.length === 0) {
      runs += 1;
      const started = performance.now();
      const { code, signal, output } = await runAlone(PROGRAM, place.folder, {
        killAfterMs: random() * longestMs,
      });
      const isKilled = signal === 'SIGKILL';
      if (isKilled) kills += 1;
      else if (code === 0) longestMs = Math.max(300, 0.9 * (performance.now() - started));
      else wrong.push(`run ${runs} failed with ${code}: ${output}`);
      if (kills % LOOK_EVERY === 0 && isKilled)
        wrong.push(...(await place.complaintsMeanwhile()).map((text) => `after kill ${kills}: ${text}`));
    }
    await place.writer.finish();
    // The first of them may go on with a load whose window was fixed before the last changes.
    for (let quiet = 1; quiet <= QUIET_RUNS; quiet++) {
      const { code, output } = await runAlone(PROGRAM, place.folder);
      if (code !== 0) wrong.push(`the quiet run ${quiet} failed with ${code}: ${output}`);
    }
    wrong.push(...(await place.complaints()));
  } finally {
    await place.close();
  }
  const name = `postgres > postgres, ${scene.name}`;
  console.log(
    `${name}: rows ${rows}, kills ${kills} at random, runs ${runs + QUIET_RUNS}, wrong ${wrong.length} (seed ${seed})`,
  );
  for (const text of wrong) console.log(`  ${text}`);
  return { name, rows, runs: runs + QUIET_RUNS, kills, seed, wrong };
}
