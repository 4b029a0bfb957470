import { describe, expect, it } from 'vitest';
import { indent, table } from '../../src/text/table.js';

describe('table', () => {
  it('aligns columns, and leaves no blanks at the end of a line', () => {
    expect(
      table([
        ['a', 'bbb', 'c'],
        ['dddd', '', ''],
        ['e', 'f', 'ggg'],
      ]),
    ).toBe('a     bbb  c\ndddd\ne     f    ggg');
  });

  it('of nothing is empty', () => {
    expect(table([])).toBe('');
  });
});

describe('indent', () => {
  it('moves lines, but not empty ones', () => {
    expect(indent('a\n\nb', 3)).toBe('   a\n\n   b');
  });
});
