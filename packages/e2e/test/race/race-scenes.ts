import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type ChildProgram,
  compareContents,
  type Racer,
  race,
  runAlone,
  seededRandom,
} from '@datacook/testkit';
import { CHILD } from '../crash/child-program.js';
import {
  closePlace,
  type PostgresScene,
  preparePostgresScene,
  type ScenePlace,
} from '../crash/postgres-scenes.js';

/** A boundary from which on a run has its lease. */
const HAS_LEASE = /^after state\.save leases\//;
/** Steps of the writer between two races. */
const STEPS = 12;
/** On a busy machine one may end before the other has been given its turn. More often than that isn't by chance. */
const MOST_MISSED = 3;

/** What races of a scene brought. */
export interface RaceReport {
  readonly name: string;
  readonly races: number;
  /** Of them: how often one worked, and the other was refused with 1 and the holder's name. */
  readonly refused: number;
  readonly wrong: readonly string[];
}

/** Starts two runs of one recipe together, again and again, with something new to load each time. */
export async function raceScene(
  scene: PostgresScene,
  { seed, races }: { readonly seed: number; readonly races: number },
): Promise<RaceReport> {
  const root = mkdtempSync(join(tmpdir(), 'datacook-race-'));
  const random = seededRandom(seed);
  const place = await preparePostgresScene(scene, root);
  const child: ChildProgram = { script: CHILD, args: () => ['recipe.yaml'] };
  const wrong: string[] = [];
  let refused = 0;
  try {
    const { trace, code, output } = await runAlone(child, root);
    if (code !== 0) throw new Error(`${scene.name}: the run before the races failed: ${output}`);
    const last = trace.findIndex((label) => HAS_LEASE.test(label));
    for (let number = 1, missed = 0; number <= races; ) {
      await place.place.writer.step(STEPS);
      await place.place.writer.finish();
      // Anywhere before they have it; also while they write it.
      const startAt = [0, 0].map(() => 1 + Math.floor(random() * last));
      const racers = await race(child, root, startAt);
      const isMissed = missed < MOST_MISSED && racers.every(({ run }) => run.code === 0);
      missed = isMissed ? missed + 1 : 0;
      const complaints = [
        ...(isMissed ? [] : complaintsOfRacers(racers)),
        ...(await complaintsOfContents(scene, place)),
      ];
      if (complaints.length > 0)
        wrong.push(`race ${number} (seed ${seed}, from ${startAt.join(' and ')}): ${complaints.join(' | ')}`);
      else if (!isMissed) refused += 1;
      if (!isMissed) number += 1;
    }
  } finally {
    await closePlace(place);
    rmSync(root, { recursive: true, force: true });
  }
  const report = { name: scene.name, races, refused, wrong };
  console.log(`${scene.name}: races ${races}, refused ${refused}, wrong ${wrong.length} (seed ${seed})`);
  for (const text of wrong) console.log(`  ${text}`);
  return report;
}

function complaintsOfRacers(racers: readonly Racer[]): readonly string[] {
  const [winner, ...others] = racers.filter(({ run }) => run.code === 0);
  const loser = racers.find(({ run }) => run.code === 1);
  if (winner === undefined || others.length > 0 || loser === undefined)
    return racers.map(({ run }) => `it ended with ${run.code}: ${run.output.trim()}`);
  const isNamed = new RegExp(`^CONFLICT: .* is being run by .*process ${winner.pid}\\b`, 'm').test(
    loser.run.output,
  );
  return isNamed ? [] : [`the loser does not name the process ${winner.pid}: ${loser.run.output.trim()}`];
}

async function complaintsOfContents(
  { load }: PostgresScene,
  { place, target }: ScenePlace,
): Promise<readonly string[]> {
  const { rows = [] } = await target.read();
  const { complaints, lost } = compareContents(await place.rows(), rows);
  if (load.mode !== 'append') return complaints;
  const { added, complaints: unknown } = compareContents(await place.history(), rows);
  return [...(lost > 0 ? complaints.slice(0, 1) : []), ...(added > 0 ? unknown.slice(-1) : [])];
}
