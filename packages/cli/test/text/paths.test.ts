import { describe, expect, it } from 'vitest';
import { shorten } from '../../src/text/paths.js';

describe('shorten', () => {
  it('names files below the folder relative to it, wherever they stand in a text', () => {
    expect(shorten('/data/a.csv:1: and "/data/b.csv", not /data2/c', '/data')).toBe(
      'a.csv:1: and "b.csv", not /data2/c',
    );
    expect(shorten('x (/d+a.t/a)', '/d+a.t')).toBe('x (a)');
  });

  it('leaves longer paths alone, and all paths in the root', () => {
    expect(shorten('/home/data/a.csv', '/data')).toBe('/home/data/a.csv');
    expect(shorten('../data/a.csv and ~/data/a', '/data')).toBe('../data/a.csv and ~/data/a');
    expect(shorten('/a/b', '/')).toBe('/a/b');
  });
});
