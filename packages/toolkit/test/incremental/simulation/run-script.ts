import type { Json } from '@datacook/core';
import { type MemoryItem, type MemoryPlan, MemorySource, type SourceOptions } from './memory-source.js';
import { MemoryTable, type Row, type Write } from './memory-table.js';

/** What happens next: the writer writes, or the reading process goes on, commits, or dies. */
export type Action = Write | 'go on' | 'commit' | 'crash';

export interface Outcome {
  readonly table: MemoryTable;
  /** Rows that were appended, or staged for a merge, in order. */
  readonly loaded: readonly Row[];
  /** Loads that were gone on with after a crash, at a position. */
  readonly resumed: number;
  /** A further load with nothing new loads nothing, and leaves the position as it is, word for word. */
  readonly restsQuiet: boolean;
}

class Crash extends Error {}

/** What outlives the process: all of it goes through JSON. */
interface Head {
  position: Json;
  load?: { plan: MemoryPlan; positions: { [partition: string]: { at?: Json; done: boolean } } };
}

/**
 * Runs loads of a table one after another, as the engine would, while a script says what happens after each item that
 * is read. When the script has ended the writer adds one row at a new value, and its clock goes on. Two loads run undisturbed.
 */
export async function runScript(script: readonly Action[], options: SourceOptions): Promise<Outcome> {
  const table = new MemoryTable();
  const loaded: Row[] = [];
  const actions = [...script];
  let head: Head = { position: null };
  let sessions = 0;
  let resumed = 0;

  const step = (): 'go on' | 'commit' | 'crash' => {
    for (let action = actions.shift(); action !== undefined; action = actions.shift()) {
      if (typeof action === 'string') return action;
      table.apply(action);
    }
    return 'commit';
  };

  const run = async (): Promise<void> => {
    const source = new MemorySource(table, options, sessions++);
    let { load } = head;
    if (load && load.plan.restart === 'position') {
      if (Object.keys(load.positions).length > 0) resumed++;
    } else {
      load = { plan: await source.plan(head.position), positions: {} };
    }
    const { plan } = load;
    let positions = { ...load.positions };
    let rows: Row[] = [];
    const commit = (next: Head) => {
      loaded.push(...rows);
      rows = [];
      head = JSON.parse(JSON.stringify(next));
    };
    if (step() === 'crash') throw new Crash();
    for (const partition of plan.partitions) {
      if (positions[partition.id]?.done) continue;
      const from = plan.restart === 'position' ? positions[partition.id]?.at : undefined;
      let at = from;
      for (const item of source.read(plan, partition, from) as Iterable<MemoryItem>) {
        rows.push(...item.rows);
        at = item.position ?? at;
        const action = step();
        if (action === 'crash') throw new Crash();
        if (item.position === undefined || plan.restart === 'never') continue;
        positions = { ...positions, [partition.id]: { at: item.position, done: false } };
        if (action === 'commit') commit({ position: head.position, load: { plan, positions } });
      }
      positions = { ...positions, [partition.id]: { ...(at === undefined ? {} : { at }), done: true } };
    }
    const ends = plan.partitions.map(({ id }) => positions[id]?.at);
    commit({ position: source.finish(plan, ends, head.position) });
  };

  const attempt = async (): Promise<void> => {
    try {
      await run();
    } catch (error) {
      if (!(error instanceof Crash)) throw error;
    }
  };

  while (actions.length > 0) await attempt();
  table.apply({ write: 'tick', by: 1 });
  table.apply({ write: 'insert', text: 'last' });
  table.apply({ write: 'tick', by: 1 });
  await run();
  await run();
  const before = JSON.stringify([head, loaded]);
  await run();
  return { table, loaded, resumed, restsQuiet: before === JSON.stringify([head, loaded]) };
}
