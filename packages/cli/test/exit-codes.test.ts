import { describe, expect, it } from 'vitest';
import { exitCodeOfRuns, worst } from '../src/exit-codes.js';

describe('worst', () => {
  it('lets 2 outrank 1, and 1 outrank 0', () => {
    expect([worst([]), worst([0, 0]), worst([0, 1, 0]), worst([1, 2, 0])]).toEqual([0, 0, 1, 2]);
  });
});

describe('exitCodeOfRuns', () => {
  it('is the worst of the runs', () => {
    expect(exitCodeOfRuns([0, 1, 0], 3, undefined)).toBe(1);
    expect(exitCodeOfRuns([0, 0], 2, undefined)).toBe(0);
  });

  it('is that of the signal, if one came and something was not done', () => {
    expect(exitCodeOfRuns([0], 2, 130)).toBe(130);
    expect(exitCodeOfRuns([1, 143], 2, 143)).toBe(143);
    expect(exitCodeOfRuns([1], 2, 130)).toBe(130);
  });

  it('is 0 if a signal came too late to keep anything from being done', () => {
    expect(exitCodeOfRuns([0, 0], 2, 130)).toBe(0);
  });
});
