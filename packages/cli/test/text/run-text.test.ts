import { describe, expect, it } from 'vitest';
import { runsTable, runText } from '../../src/text/run-text.js';
import { ROWS, runReport, streamReport } from '../reports.js';

const plain = (text: string) => text;

describe('runText', () => {
  it('sums a run up', () => {
    expect(runText(runReport(), '.datacook/runs/x.json', plain)).toBe(
      [
        'orders succeeded in 2.0 s',
        '  stream     orders.csv',
        '  rows       12,000 read, 11,990 written, 10 filtered, 0 skipped, 0 rejected',
        '  size       1.5 MB in memory, 5,995 rows/s',
        '  commits    2, 0 retries',
        '  load       append, new',
        '  guarantee  exactly_once',
        '  table      table orders created',
        '  report     .datacook/runs/x.json',
      ].join('\n'),
    );
  });

  it('tells of a resumed load, retries, merges, several changes and warnings', () => {
    const stream = streamReport({
      load: { id: 'L1', mode: 'merge', resumed: true, rows: ROWS, range: null },
      retries: 1,
      merge: { inserted: 5, updated: 6, unchanged: 7 },
      schema_changes: ['column a added', 'column b widened'],
    });
    const text = runText(runReport({ streams: [stream], warnings: ['w'] }), undefined, plain);
    expect(text).toContain('load       merge, resumed: 11,990 rows in all');
    expect(text).toContain('commits    2, 1 retry');
    expect(text).toContain('merge      5 inserted, 6 updated, 7 unchanged');
    expect(text).toContain('table      column a added\n             column b widened');
    expect(text).toContain('warnings   1');
    expect(text).not.toContain('report');
  });

  it('tells of a backfill', () => {
    const load = { id: 'L1', mode: 'merge', resumed: false, rows: ROWS };
    const text = (range: { readonly from?: string; readonly to?: string }) =>
      runText(runReport({ streams: [streamReport({ load: { ...load, range } })] }), undefined, plain);
    expect(text({ from: '2026-01-01', to: '2026-02-01' })).toContain(
      'load       merge, backfill from 2026-01-01 to 2026-02-01, new',
    );
    expect(text({ to: '7' })).toContain('load       merge, backfill to 7, new');
  });

  it('of a run that did not begin is one line', () => {
    expect(runText(runReport({ status: 'failed', streams: [] }), undefined, plain)).toBe(
      'orders failed in 2.0 s',
    );
  });
});

describe('runText of a run that was skipped', () => {
  it('names the run that was in its way, and nothing that was not done', () => {
    const locked_by = { run_id: 'R1', host: 'h', pid: 7, since: 'T1' };
    expect(runText(runReport({ status: 'skipped', locked_by }), undefined, (text) => text)).toBe(
      'orders skipped in 2.0 s\n  locked by  run R1 (host h, process 7) since T1',
    );
  });
});

describe('runsTable', () => {
  it('has a line for each run', () => {
    const failed = runReport({
      recipe: 'customers',
      status: 'failed',
      streams: [],
      error: { code: 'DATA', message: 'm', hint: null, at: null, details: {} },
    });
    expect(runsTable([runReport(), failed])).toBe(
      [
        'RECIPE     STATUS     ROWS    TIME   ERROR',
        'orders     succeeded  11,990  2.0 s',
        'customers  failed     0       2.0 s  DATA',
      ].join('\n'),
    );
  });
});
