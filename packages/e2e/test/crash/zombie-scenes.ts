import type { JsonObject } from '@datacook/core';
import { SqlStateBackend } from '@datacook/state-sql';
import { type ZombieMatrixOptions, type ZombieReport, zombieMatrix } from '@datacook/testkit';
import { CHILD } from './child-program.js';
import { type FilePlace, type FileScene, fileSceneArgs, prepareFileScene } from './file-scenes.js';
import {
  closePlace,
  outsideOf,
  type PostgresScene,
  preparePostgresScene,
  type ScenePlace,
  SMALL,
  sceneArgs,
} from './postgres-scenes.js';
import { PostgresTarget, STATE_SCHEMA } from './targets/postgres-target.js';
import type { TargetPlace } from './targets/target.js';

const SEED = 10;

/** Whoever stands still before it has the lease is merely a later run. */
const HAS_LEASE = /^after state\.save leases\//;

export interface StopOptions extends Pick<ZombieMatrixOptions, 'boundaries' | 'wakesMidway' | 'parallel'> {
  /** A defect to plant in the children. */
  readonly fault?: string;
  /** What else happens while the first process stands still, before another takes over. */
  readonly meanwhile?: (folder: string) => void;
}

/** Stops the runs of a scene from files, and lets others take over; see `zombieMatrix`. */
export async function stopFileScene(scene: FileScene, options: StopOptions): Promise<ZombieReport> {
  const places = new Map<string, FilePlace>();
  const at = (folder: string) => places.get(folder)!;
  try {
    return await zombieMatrix({
      ...common(
        scene.name,
        options,
        () => fileSceneArgs(scene),
        (folder) => at(folder).target,
      ),
      prepare: async (folder) => void places.set(folder, await prepareFileScene(scene, folder, stateBeside)),
      isDone: (folder) => at(folder).judge.isDone(),
      check: (folder, { stopAt }) => at(folder).judge.check(folder, { killAt: stopAt }),
      outside: {
        putAside: (folder, name) => at(folder).target.putAside(name),
        layOut: (folder, name) => at(folder).target.layOut(name),
      },
    });
  } finally {
    await Promise.all([...places.values()].map(({ target }) => target.close()));
  }
}

/** The same from a table that others write to. */
export async function stopPostgresScene(scene: PostgresScene, options: StopOptions): Promise<ZombieReport> {
  const places = new Map<string, ScenePlace>();
  const at = (folder: string) => places.get(folder)!;
  try {
    return await zombieMatrix({
      ...common(
        scene.name,
        options,
        (folder) => sceneArgs(at(folder)),
        (folder) => at(folder).target,
      ),
      prepare: async (folder) => {
        places.set(folder, await preparePostgresScene(scene, folder, SMALL, stateBeside));
      },
      isDone: (folder) => at(folder).judge.isDone(),
      check: (folder) => at(folder).judge.check(folder),
      outside: outsideOf(at),
    });
  } finally {
    await Promise.all([...places.values()].map(closePlace));
  }
}

function common(
  name: string,
  { fault, meanwhile, ...matrix }: StopOptions,
  args: (folder: string) => readonly string[],
  target: (folder: string) => TargetPlace,
) {
  return {
    name: `${name}${fault === undefined ? '' : `, planted fault ${fault}`}`,
    seed: SEED,
    ...matrix,
    child: {
      script: CHILD,
      args: (folder: string) => [
        ...args(folder),
        '--plain-state',
        ...(fault === undefined ? [] : [`--fault=${fault}`]),
      ],
    },
    begins: HAS_LEASE,
    expire: async (folder: string) => {
      meanwhile?.(folder);
      await endLeases(target(folder));
    },
    contents: (folder: string) => everything(target(folder)),
  };
}

/**
 * The state lies in a database, as it does where several machines run a recipe: a process that stood still while it had
 * a file of the state locked would let nobody in.
 */
function stateBeside({ stateBeside }: TargetPlace): string {
  if (stateBeside === undefined) throw new TypeError('this target has no state beside it');
  return stateBeside;
}

/** Makes it so that the time of every lease is over, as it is when its holder has not renewed it. */
async function endLeases(target: TargetPlace): Promise<void> {
  if (!(target instanceof PostgresTarget)) throw new TypeError('this target has no state beside it');
  const state = new SqlStateBackend(target.url, { schema: STATE_SCHEMA });
  for await (const key of state.list('leases/')) {
    const found = await state.load(key);
    if (found) await state.save(key, { ...(found.value as JsonObject), expires_ms: 0 }, found.version);
  }
}

/** Rows, heads without their version (a claim that comes too late may count it up), and all other tables. */
async function everything(target: TargetPlace): Promise<readonly string[]> {
  const { rows, heads, others } = await target.read();
  return [...(rows ?? ['no table']), ...heads.map(({ state }) => JSON.stringify(state)), ...others];
}
