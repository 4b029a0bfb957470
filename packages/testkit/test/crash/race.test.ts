import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { race, runAlone } from '../../src/crash/race.js';

const script = fileURLToPath(new URL('children/fenced-mover.mjs', import.meta.url));
let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'datacook-race-'));
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

const child = { script, args: () => ['fenced'] };
const patient = { script, args: () => ['patient'] };

test('processes that start together all stand at their boundary before any goes on', async () => {
  writeFileSync(join(root, 'source.json'), '[1,2,3,4]');
  const alone = await runAlone(child, root);
  expect(alone).toMatchObject({ code: 0, trace: expect.arrayContaining(['after lease']) });
  rmSync(join(root, 'target.json'));
  // The first stands still with the lease, and keeps it until the second has met it.
  const [first, second] = await race(patient, root, [3, 1]);
  expect(first!.run.code).toBe(0);
  expect(second!.run).toMatchObject({ code: 1, output: 'CONFLICT: another has the lease\n' });
  expect(first!.pid).not.toBe(second!.pid);
  expect(JSON.parse(readFileSync(join(root, 'target.json'), 'utf8'))).toMatchObject({ rows: [1, 2, 3, 4] });
});

test('one that ends before it comes to its boundary keeps nobody waiting', async () => {
  const [first, second] = await race(child, root, [99, 99]);
  expect([first!.run.code, second!.run.code]).toEqual([1, 1]);
});
