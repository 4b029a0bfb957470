import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatacookError } from '@datacook/core';
import { type RunReport, runRecipe } from '@datacook/engine';
import { loadRecipe } from '@datacook/recipe';
import { discoverPlugins } from '@datacook/registry';
import { compareContents, type OnBoundary, pluginsWithBoundaries } from '@datacook/testkit';
import { describe, expect, test } from 'vitest';
import { fileScene, prepareFileScene } from '../crash/file-scenes.js';
import { FIRST_FILES, LATER_FILES, readSource } from '../crash/file-workload.js';

const COMMIT = /^after (writer|destination)\.commit$/;

/** Lets the server's answer to one commit be lost; counts the commits. */
function loseAnswer(lost: number) {
  let commits = 0;
  const onBoundary: OnBoundary = (label) => {
    if (!COMMIT.test(label)) return;
    commits += 1;
    if (commits === lost)
      throw new DatacookError('CONNECTION', 'the connection was lost before the answer', {
        hint: '',
        retry: true,
      });
  };
  return { onBoundary, commits: () => commits };
}

async function run(folder: string, fullRefresh: boolean, onBoundary: OnBoundary): Promise<RunReport> {
  const plugins = pluginsWithBoundaries(await discoverPlugins({ from: import.meta.dirname }), onBoundary);
  const recipe = await loadRecipe(join(folder, 'recipe.yaml'));
  return (await runRecipe(recipe, { plugins, fullRefresh })).report;
}

describe.each(['append of new files', 'merge of new files', 'replace', 'full refresh'])(
  'trap 13, cleaning up after an ambiguous commit, and a swap that is done twice (file > postgres, %s)',
  { timeout: 300_000 },
  (name) => {
    const scene = fileScene('postgres', name);
    const files = [...FIRST_FILES, ...LATER_FILES];

    test('whichever answer is lost, rows that were committed stay, and old ones do not come back', async () => {
      for (let lost = 1, commits = lost; lost <= commits; lost += 1) {
        const folder = mkdtempSync(join(tmpdir(), 'datacook-trap-'));
        const { target } = await prepareFileScene(scene, folder);
        try {
          const answers = loseAnswer(lost);
          const { error, streams } = await run(folder, scene.fullRefresh === true, answers.onBoundary);
          expect(error).toBeNull();
          expect(streams[0]!.retries).toBe(1);
          commits = answers.commits();
          const expected = await readSource(folder, files, scene.mode === 'merge');
          const { rows, others } = await target.read();
          expect([compareContents(expected, rows ?? []).complaints, others]).toEqual([[], []]);

          expect((await run(folder, false, () => undefined)).error).toBeNull();
          expect(compareContents(expected, (await target.read()).rows ?? []).complaints).toEqual([]);
        } finally {
          await target.close();
          rmSync(folder, { recursive: true });
        }
      }
    });
  },
);
