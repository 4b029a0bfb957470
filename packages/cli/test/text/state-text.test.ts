import type { StateReport } from '@datacook/engine';
import { describe, expect, it } from 'vitest';
import { stateText } from '../../src/text/state-text.js';
import { ROWS } from '../reports.js';

const idle: StateReport = {
  version: 1,
  recipe: 'orders',
  streams: [{ name: 'orders.csv', position: null, load: null, partitions: [], head: null }],
  backfills: [],
  lease: null,
};

describe('stateText', () => {
  it('says that nothing has happened yet', () => {
    expect(stateText(idle, [])).toBe(
      [
        'orders',
        '  stream       orders.csv',
        '  position     none: nothing was loaded to its end yet',
        '  last commit  none',
        '  lease        free',
        '  no runs yet',
      ].join('\n'),
    );
  });

  it('tells of a load under way, where its partitions are, who holds the lease, and what ran', () => {
    const state: StateReport = {
      ...idle,
      streams: [
        {
          name: 'orders.csv',
          position: 'c1',
          load: { id: 'L1', mode: 'append', done: false, started_at: 'T0', rows: ROWS },
          partitions: [
            { id: 'a', done: true, position: 9 },
            { id: 'b', done: false, position: { row: 5 } },
            { id: 'c', done: false, position: null },
          ],
          head: { version: 3, commit: 'C', committed_at: 'T1', run_id: 'R1', action: null },
        },
      ],
      backfills: [
        {
          name: 'orders.csv',
          range: '2026-01-01..',
          position: null,
          load: { id: 'L2', mode: 'append', done: true, started_at: 'T3', rows: ROWS },
          partitions: [],
          head: { version: 2, commit: 'D', committed_at: 'T4', run_id: 'R3', action: null },
        },
      ],
      lease: {
        version: 1,
        run_id: 'R2',
        process: { host: 'h', pid: 7 } as NonNullable<StateReport['lease']>['process'],
        acquired_at: 'T2',
        expires_ms: 0,
      },
    };
    const runs = [
      {
        run_id: 'R1',
        status: 'succeeded',
        exit_code: 0,
        started_at: '2026-01-02T03:04:05.000Z',
        ended_at: '2026-01-02T03:04:06.000Z',
        rows_written: 1234,
      },
    ];
    const changed = state.streams[0]!;
    const reset = { ...changed, head: { ...changed.head!, action: 'reset' as const } };
    expect(stateText({ ...state, streams: [reset] }, [])).toContain('T1: the state was reset (backup R1)');
    const text = stateText(state, runs);
    expect(text).toContain(
      'load         L1, append, since T0, 11,990 rows, under way, 1 of 3 partitions done',
    );
    expect(text).toContain('partition b at {"row":5}');
    expect(text).toContain('last commit  T1, by run R1');
    expect(text).toContain('backfill     orders.csv, 2026-01-01..\n  last commit  T4, by run R3');
    expect(text).toContain('load         L2, append, since T3, 11,990 rows, done');
    expect(text).toContain('held by run R2 (host h, process 7) since T2, until 1970-01-01T00:00:00.000Z');
    expect(text).toContain('2026-01-02T03:04:05.000Z  succeeded  1,234  1.0 s  R1');
  });
});
