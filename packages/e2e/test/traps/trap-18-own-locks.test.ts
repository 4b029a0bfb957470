import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { fileScene } from '../crash/file-scenes.js';
import { stopFileScene } from '../crash/zombie-scenes.js';

/** Boundaries at which a process has a transaction open that has the target, or its staging, locked. */
const WITH_LOCKS = ['after writer.write', 'before writer.commit'] as const;

/** The next run has to alter the target. */
function addColumn(folder: string): void {
  const file = join(folder, 'recipe.yaml');
  const text = readFileSync(file, 'utf8');
  writeFileSync(file, text.replace('  steps:\n', '$&    - { type: add_column, name: extra, value: new }\n'));
}

test.each(
  ['append of new files', 'merge of new files', 'replace'].flatMap((mode) =>
    WITH_LOCKS.map((label) => [mode, label] as const),
  ),
)(
  "trap 18, waiting for the locks of a stopped run of one's own (file > postgres, %s, stopped %s): another alters the table, and loads",
  { timeout: 120_000 },
  async (mode, label) => {
    const { wrong, stops, overtaken } = await stopFileScene(fileScene('postgres', mode), {
      boundaries: (trace) => [trace.lastIndexOf(label) + 1],
      meanwhile: addColumn,
      wakesMidway: false,
      parallel: 1,
    });
    expect(wrong).toEqual([]);
    expect({ stops, overtaken }).toEqual({ stops: 1, overtaken: 1 });
  },
);
