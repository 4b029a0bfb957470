import { describe, expect, it } from 'vitest';
import { eventLine } from '../../src/progress/event-json.js';

describe('eventLine', () => {
  it('writes one line, with keys in snake_case and a version', () => {
    const line = eventLine({ type: 'retry', at: 'T', stream: 's', attempt: 1, waitMs: 5, message: 'a\nb' });
    expect(line).not.toContain('\n');
    expect(JSON.parse(line)).toEqual({
      version: 1,
      type: 'retry',
      at: 'T',
      stream: 's',
      attempt: 1,
      wait_ms: 5,
      message: 'a\nb',
    });
  });

  it('leaves what a source says of its position as it is', () => {
    const rows = { read: 1, generated: 0, written: 1, rejected: 0, filtered: 0, skipped: 0 };
    const line = eventLine({
      type: 'commit',
      at: 'T',
      stream: 's',
      rows,
      published: false,
      position: { lastFile: 'A.csv' },
    });
    expect(JSON.parse(line).position).toEqual({ lastFile: 'A.csv' });
  });
});
