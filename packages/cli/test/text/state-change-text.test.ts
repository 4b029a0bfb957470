import type { StateChangeReport, UnlockReport } from '@datacook/engine';
import { describe, expect, it } from 'vitest';
import { stateChangeText, unlockText } from '../../src/text/state-change-text.js';

const change: StateChangeReport = {
  version: 1,
  recipe: 'orders',
  stream: 'orders.csv',
  range: null,
  action: 'reset',
  changed: true,
  position: { before: { file: 'a' }, after: null },
  given_up: { load: 'L1', mode: 'append', rows_written: 1200 },
  next_run: 'everything comes again',
  backup: 'R1',
  warnings: [],
};

describe('stateChangeText', () => {
  it('says what was done, and what comes of it', () => {
    expect(stateChangeText(change)).toBe(
      [
        'orders: state was reset',
        '  stream        orders.csv',
        '  position was  {"file":"a"}',
        '  position is   none',
        '  given up      load L1 (append), 1,200 rows so far',
        '  then          everything comes again',
        '  backup        R1',
      ].join('\n'),
    );
  });

  it('says what would be done', () => {
    const preview: StateChangeReport = {
      ...change,
      action: 'set',
      changed: false,
      range: { from: '1' },
      position: { before: null, after: 7 },
      given_up: null,
      backup: null,
    };
    expect(stateChangeText(preview)).toBe(
      [
        'orders: to set the state',
        '  stream        orders.csv',
        '  backfill      from 1',
        '  position was  none',
        '  will be       7',
        '  then          everything comes again',
      ].join('\n'),
    );
  });
});

describe('unlockText', () => {
  const nobody: UnlockReport = {
    version: 1,
    recipe: 'orders',
    range: null,
    unlocked: false,
    holder: null,
    alive: null,
  };
  const holder = {
    version: 1,
    run_id: 'R2',
    process: { host: 'h', pid: 7, boot: null, namespace: null, started: null },
    acquired_at: 'T2',
    expires_ms: 0,
  } as const;

  it('names the holder', () => {
    expect(unlockText({ ...nobody, unlocked: true, holder, range: { to: '9' } })).toBe(
      [
        'orders, backfill to 9: the lease was broken',
        '  run      R2',
        '  host     h',
        "  process  7, whether it lives can't be known from here",
        '  since    T2',
        '  until    1970-01-01T00:00:00.000Z',
      ].join('\n'),
    );
    expect(unlockText({ ...nobody, holder, alive: false })).toContain('orders: to break the lease');
    expect(unlockText({ ...nobody, holder, alive: false })).toContain('process  7, dead');
  });

  it('says that there is none, or that it was none', () => {
    expect(unlockText(nobody)).toBe('orders: nobody holds the lease');
    expect(unlockText({ ...nobody, unlocked: true })).toBe("orders: a lease that can't be read was removed");
  });
});
