import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findJsonProblem } from '../src/json-syntax.js';

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

describe('findJsonProblem', () => {
  it('agrees with JSON.parse on what is JSON', () => {
    fc.assert(
      fc.property(
        fc.json(),
        fc.nat(),
        fc.constantFrom('', ',', '"', '{', ']', '\\', '1', ' ', '\n', '\u0001', 'é', '-', '.'),
        (json, at, extra) => {
          expect(findJsonProblem(json)).toBeUndefined();
          const place = at % (json.length + 1);
          const changed = json.slice(0, place) + extra + json.slice(place + 1);
          expect(findJsonProblem(changed) === undefined).toBe(isJson(changed));
        },
      ),
      { seed: 11, numRuns: 2000 },
    );
  });
  it.each([
    ['', 0, 'expected a value'],
    ['name: a', 0, 'expected a value'],
    ["{'a': 1}", 1, 'expected a key in double quotes'],
    ['{"a": 1,}', 8, 'expected a key in double quotes'],
    ['{"a" 1}', 5, 'expected :'],
    ['[1 2]', 3, 'expected , or ]'],
    ['{"a": 1', 7, 'expected , or }'],
    ['{} x', 3, 'nothing may follow the value'],
  ])('says of %j what is wrong at %i', (text, offset, message) => {
    expect(findJsonProblem(text)).toEqual({ offset, message });
  });
});
