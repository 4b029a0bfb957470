import { expect, test } from 'vitest';
import { table } from './figures.js';

test('figures of all kinds stand in one table, and are summed', () => {
  const text = table([
    { scene: 'a', 'kill or stop points': 3, kills: 2, 'second kills': 1, runs: 9, wrong: 0 },
    { scene: 'b', stops: 4, runs: 8, wrong: 1 },
  ]);
  expect(text.split('\n')).toEqual([
    '| scene | kill or stop points | kills | second kills | stops | cuts | races | runs | wrong |',
    '| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |',
    '| a | 3 | 2 | 1 |  |  |  | 9 | 0 |',
    '| b |  |  |  | 4 |  |  | 8 | 1 |',
    '| all | 3 | 2 | 1 | 4 | 0 | 0 | 17 | 1 |',
  ]);
});
