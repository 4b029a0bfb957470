import type { Finding } from '@datacook/core';
import { describe, expect, it } from 'vitest';
import { formatFinding } from '../src/index.js';

function finding(file: string): Finding {
  return {
    severity: 'error',
    code: 'INVALID',
    message: `${file} is wrong`,
    hint: `correct ${file}`,
    origin: { file, line: 3, column: 5 },
    path: 'name',
  };
}

describe('a finding as text', () => {
  it('names files relative to the folder, in place, message and hint', () => {
    expect(formatFinding(finding('/data/recipes/a.yaml'), { cwd: '/data' })).toBe(
      'error recipes/a.yaml:3:5 name: recipes/a.yaml is wrong\n  correct recipes/a.yaml',
    );
  });

  it.each([
    ['/home/data/a.yaml', '/data'],
    ['/a/b.yaml', '/'],
    ['/dataset/a.yaml', '/data'],
  ])('leaves %s as it is in %s', (file, cwd) => {
    expect(formatFinding(finding(file), { cwd })).toContain(`error ${file}:3:5`);
  });
});
