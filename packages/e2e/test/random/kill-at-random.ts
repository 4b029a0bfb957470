import { type ChildProgram, runAlone, seededRandom } from '@datacook/testkit';
import { CHILD } from '../crash/child-program.js';
import { LargePlace, type LargeScene } from './large-place.js';

/** Kills after which what is there is looked at. */
const LOOK_EVERY = 10;

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
 * faster than that has loaded all. At the end the writers finish, and a last run has to bring what is missing.
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
    const last = await runAlone(PROGRAM, place.folder);
    if (last.code !== 0) wrong.push(`the last run failed with ${last.code}: ${last.output}`);
    wrong.push(...(await place.complaints()));
  } finally {
    await place.close();
  }
  const name = `postgres > postgres, ${scene.name}`;
  console.log(
    `${name}: rows ${rows}, kills ${kills} at random, runs ${runs + 1}, wrong ${wrong.length} (seed ${seed})`,
  );
  for (const text of wrong) console.log(`  ${text}`);
  return { name, rows, runs: runs + 1, kills, seed, wrong };
}
