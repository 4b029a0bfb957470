import { afterAll, expect, test } from 'vitest';
import { ofCuts, record, recordedTable } from '../proof/figures.js';
import { cutConnections } from './cut-connections.js';

afterAll(() => console.log(recordedTable()));

test.each([
  ['append', 40],
  ['merge', 32],
  ['replace', 30],
] as const)(
  '%s: connections cut at %i random bytes, on either side, lose and double nothing',
  async (mode, count) => {
    const report = await cutConnections(mode, { rows: 20_000, count, seed: 21 });
    const { wrong, cuts } = report;
    record(ofCuts(report));
    expect(wrong).toEqual([]);
    // What was cut is drawn from a recorded run; another may open fewer connections, or send less.
    expect(cuts.source + cuts.target).toBeGreaterThan(count * 0.8);
  },
);
