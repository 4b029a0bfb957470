import { describe, expect, test } from 'vitest';
import { type StatePlace, stateSuite } from '../../src/suites/state-suite.js';
import { FAULTS, type Fault, type Memory, MemoryBackend } from './memory-backend.js';

function place(fault?: Fault): StatePlace {
  const memory: Memory = { rows: new Map(), versions: 0 };
  return {
    open: () => new MemoryBackend(memory, fault),
    contents: async () => [...memory.rows],
    async spoil(key, how) {
      const row = memory.rows.get(key)!;
      memory.rows.set(key, how === 'torn' ? { ...row, text: row.text.slice(0, -1) } : { ...row, format: 2 });
    },
  };
}

/** The names of the cases that a backend fails. */
async function failures(fault?: Fault): Promise<string[]> {
  const results = await Promise.allSettled(stateSuite.map(({ run }) => run(place(fault))));
  return stateSuite.flatMap(({ name }, index) => (results[index]!.status === 'rejected' ? [name] : []));
}

describe('stateSuite', () => {
  test('is passed by a backend that does as the contract says', async () => {
    expect(await failures()).toEqual([]);
  });

  test.each(FAULTS)('is failed by one that %s', async (fault) => {
    expect(await failures(fault)).not.toEqual([]);
  });

  test('has no case that every faulty backend passes', async () => {
    const failed = new Set<string>();
    for (const fault of FAULTS) for (const name of await failures(fault)) failed.add(name);
    expect(stateSuite.map(({ name }) => name).filter((name) => !failed.has(name))).toEqual([]);
  });
});
