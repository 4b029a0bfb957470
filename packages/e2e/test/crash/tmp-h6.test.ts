import { sample } from '@datacook/testkit';
import { expect, test } from 'vitest';
import { crashFileScene, fileScene } from './file-scenes.js';
import { crashPostgresScene, postgresScene } from './postgres-scenes.js';

const only = process.env['SCENE'] ?? '';
test('scene', { timeout: 3_600_000 }, async () => {
  let trace: readonly string[] = [];
  const at = process.env['AT'] ?? '';
  const boundaries = at.startsWith('s')
    ? sample(Number(process.env['SEED'] ?? 1), Number(at.slice(1)))
    : at === 'all'
      ? ('all' as const)
      : (labels: readonly string[]) => {
          trace = labels;
          return (process.env['AT'] ?? '').split(',').filter(Boolean).map(Number);
        };
  const options = {
    boundaries,
    killsInRecovery: true,
    parallel: Number(process.env['PARALLEL'] ?? 1),
    ...(process.env['FAULT'] ? { fault: process.env['FAULT'] } : {}),
  };
  const report = only.startsWith('file')
    ? await crashFileScene(fileScene('postgres', only.slice(5)), options)
    : await crashPostgresScene(postgresScene('postgres', only.slice(3)), options);
  if (process.env['TRACE']) console.log(trace.map((label, index) => `${index + 1} ${label}`).join('\n'));
  console.log(JSON.stringify(report.wrong, null, 1));
  expect(report.wrong).toEqual([]);
});
