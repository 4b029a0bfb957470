import type { RunEvent } from '@datacook/engine';
import { describe, expect, it } from 'vitest';
import { PlainProgress } from '../../src/progress/plain-progress.js';

const NO_ROWS = { read: 0, generated: 0, written: 0, rejected: 0, filtered: 0, skipped: 0 };

function at(ms: number): string {
  return new Date(Date.UTC(2026, 0, 2, 3, 4, 5) + ms).toISOString();
}

function linesOf(events: readonly RunEvent[]): string[] {
  const lines: string[] = [];
  const progress = new PlainProgress('orders', (line) => lines.push(line));
  for (const event of events) progress.onEvent(event);
  return lines;
}

const load: RunEvent = {
  type: 'load',
  at: at(0),
  stream: 's',
  load: 'L1',
  resumed: false,
  partitions: 1,
  guarantee: 'exactly_once',
};

function progressAt(ms: number, rows: number): RunEvent {
  return { type: 'progress', at: at(ms), stream: 's', rows, bytes: rows * 10 };
}

describe('PlainProgress', () => {
  it('says how far a run has come about once a second', () => {
    const lines = linesOf([
      load,
      ...Array.from({ length: 40 }, (_, index) => progressAt((index + 1) * 100, (index + 1) * 1000)),
    ]);
    expect(lines).toEqual([
      '03:04:05 orders: begins load L1, 1 partition, exactly_once',
      '03:04:06 orders: 10,000 rows, 100.0 kB, 10,000 rows/s',
      '03:04:07 orders: 20,000 rows, 200.0 kB, 10,000 rows/s',
      '03:04:08 orders: 30,000 rows, 300.0 kB, 10,000 rows/s',
      '03:04:09 orders: 40,000 rows, 400.0 kB, 10,000 rows/s',
    ]);
  });

  it.each([
    ['wait', ': waiting until it has ended'],
    ['skip', ': this run is left out'],
    ['fail', ''],
  ] as const)('says who works on the recipe: %s', (ifLocked, then) => {
    const lockedBy = { run_id: 'R1', host: 'h', pid: 7, since: 'T1' };
    expect(linesOf([{ type: 'locked', at: at(1), stream: 's', lockedBy, ifLocked }])[0]).toContain(
      `orders: run R1 (host h, process 7, since T1) works on it${then}`,
    );
  });

  it('says every commit, retry and notice, however close they follow', () => {
    const rows = { ...NO_ROWS, written: 5 };
    const lines = linesOf([
      { ...load, resumed: true },
      progressAt(1, 5),
      { type: 'commit', at: at(2), stream: 's', rows, published: false },
      { type: 'commit', at: at(3), stream: 's', rows: NO_ROWS, published: true },
      { type: 'retry', at: at(4), stream: 's', attempt: 2, waitMs: 1500, message: 'gone away' },
      { type: 'schema_change', at: at(5), stream: 's', change: 'column a added' },
      { type: 'stopping', at: at(6), stream: 's', reason: 'SIGINT' },
      { type: 'log', at: at(7), level: 'info', text: 'nothing is new' },
      { type: 'log', at: at(7), level: 'warn', text: 'said elsewhere' },
      { type: 'log', at: at(7), level: 'debug', text: 'said elsewhere' },
    ]);
    expect(lines.map((line) => line.slice('03:04:05 orders: '.length))).toEqual([
      'goes on with load L1, 1 partition, exactly_once',
      'committed 5 rows',
      'committed 0 rows, published',
      'retry 2 in 1.5 s: gone away',
      'column a added',
      'stopping: SIGINT',
      'nothing is new',
    ]);
  });
});
