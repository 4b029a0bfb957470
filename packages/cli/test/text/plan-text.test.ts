import { describe, expect, it } from 'vitest';
import { planText } from '../../src/text/plan-text.js';

const base = {
  recipe: 'orders',
  stream: 'orders.csv',
  source: 'file',
  destination: 'duckdb',
  table: 'main.orders',
  writeMode: 'append',
  steps: ['names (rename_columns)', 'add_column'],
  schemaChanges: [],
  notes: [],
  warnings: [],
  problems: [],
};

describe('planText', () => {
  it('shows what a run would do', () => {
    const text = planText(
      {
        ...base,
        columnsIn: [{ name: 'fname', type: 'utf8' }],
        columnsOut: [
          { name: 'first_name', type: 'utf8' },
          { name: 'id', type: 'int64' },
        ],
        schemaChanges: ['table main.orders created'],
        tableExists: false,
        partitions: 1,
        guarantee: { level: 'exactly_once', reason: 'one step' },
      },
      { offline: false },
    );
    expect(text).toBe(
      [
        'orders',
        '  source       file, stream orders.csv',
        '  steps        names (rename_columns), add_column',
        '  destination  duckdb, table main.orders, which does not exist yet',
        '  write mode   append',
        '  guarantee    exactly_once: one step',
        '  to read      1 partition',
        '  last commit  none',
        '  columns read',
        '    fname  utf8',
        '  columns written',
        '    first_name  utf8',
        '    id          int64',
        '  changes of the table',
        '    table main.orders created',
      ].join('\n'),
    );
  });

  it('says that a load goes on, or that nothing is new', () => {
    const resumed = planText(
      { ...base, tableExists: true, partitions: 2, resumes: 'L1' },
      { offline: false },
    );
    expect(resumed).toContain('2 partitions left of load L1, which an earlier run began');
    expect(resumed).toContain('table main.orders, which exists');
    expect(planText({ ...base, partitions: 0 }, { offline: false })).toContain('nothing: nothing is new');
  });

  it('says offline what it can not know', () => {
    const text = planText({ ...base, steps: [] }, { offline: true });
    expect(text).toContain('steps        none');
    expect(text).not.toContain('last commit');
    expect(text).toContain('offline: columns, position and table are not known');
  });
});
