import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compareContents, runAlone, startChild } from '@datacook/testkit';
import { expect, test } from 'vitest';
import { CHILD } from '../crash/child-program.js';
import { fileScene, fileSceneArgs, prepareFileScene } from '../crash/file-scenes.js';
import { FIRST_FILES, LATER_FILES, readSource } from '../crash/file-workload.js';

const newFolder = () => mkdtempSync(join(tmpdir(), 'datacook-trap-'));

test.each(['append of new files', 'merge of new files'])(
  'trap 11, a lease that ends under a stopped process (file > duckdb, %s): the file stays with it, others are told so, and nothing is doubled when it wakes',
  { timeout: 120_000 },
  async (name) => {
    const scene = fileScene('duckdb', name);
    const child = { script: CHILD, args: () => fileSceneArgs(scene) };
    const [undisturbed, folder] = [newFolder(), newFolder()];
    try {
      await prepareFileScene(scene, undisturbed);
      const { trace } = await runAlone(child, undisturbed);
      const { target } = await prepareFileScene(scene, folder);
      const stopAt = 1 + trace.indexOf('after writer.write');
      expect(stopAt).toBeGreaterThan(0);

      const stopped = startChild(child, folder, `${folder}.trace-stopped`, { stopAt });
      expect(await stopped.stopped).toBe(true);
      // The lease ends.
      rmSync(join(folder, 'state'), { recursive: true });
      const other = await runAlone(child, folder);
      expect(other.code).toBe(1);
      expect(other.output).toMatch(new RegExp(`out\\.duckdb.*(process|PID) ${stopped.pid}\\b`, 'i'));

      stopped.resume();
      const woken = await stopped.ended;
      expect([woken.code, woken.output]).toEqual([1, expect.stringMatching(/^CONFLICT/m)]);
      const last = await runAlone(child, folder);
      expect([last.code, last.output]).toEqual([0, '']);
      const expected = await readSource(folder, [...FIRST_FILES, ...LATER_FILES], scene.mode === 'merge');
      expect(compareContents(expected, (await target.read()).rows ?? []).complaints).toEqual([]);
    } finally {
      for (const made of [undisturbed, folder]) rmSync(made, { recursive: true, force: true });
    }
  },
);
