import { sample } from '@datacook/testkit';
import { expect, test } from 'vitest';
import { fileScene } from './file-scenes.js';
import { postgresScene } from './postgres-scenes.js';
import { stopFileScene, stopPostgresScene } from './zombie-scenes.js';

const only = process.env['SCENE'] ?? '';
test('scene', { timeout: 3_600_000 }, async () => {
  const at = process.env['AT'] ?? '';
  let trace: readonly string[] = [];
  const boundaries = at.startsWith('s')
    ? sample(Number(process.env['SEED'] ?? 1), Number(at.slice(1)))
    : at === 'all'
      ? ('all' as const)
      : (labels: readonly string[]) => {
          trace = labels;
          return at.split(',').filter(Boolean).map(Number);
        };
  const options = {
    boundaries,
    parallel: Number(process.env['PARALLEL'] ?? 1),
    ...(process.env['FAULT'] ? { fault: process.env['FAULT'] } : {}),
  };
  const report = only.startsWith('file')
    ? await stopFileScene(fileScene('postgres', only.slice(5)), options)
    : await stopPostgresScene(postgresScene('postgres', only.slice(3)), options);
  if (process.env['TRACE']) console.log(trace.map((label, index) => `${index + 1} ${label}`).join('\n'));
  expect(report.wrong).toEqual([]);
});
