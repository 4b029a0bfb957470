import { expect, test } from 'vitest';
import { crashFileScene, fileScene } from './file-scenes.js';

const FIRST = fileScene('duckdb', 'first append');
const LATER = fileScene('duckdb', 'append of new files');
const REPLACE = fileScene('duckdb', 'replace');
const REFRESH = fileScene('duckdb', 'full refresh');

/** The first and the last boundary with such a label. */
function at(label: RegExp) {
  return (trace: readonly string[]) => {
    const found = trace.flatMap((text, index) => (label.test(text) ? [index + 1] : []));
    return [...found.slice(0, 1), ...found.slice(1).slice(-1)];
  };
}

/** The statement that writes a commit's head. */
const HEAD = /^before duckdb UPDATE .*_datacook_heads.* SET version = version \+ 1, state/;
const COMMITTED = /^after writer.commit/;

// Each of these defects is planted in the child. A suite that lets one pass proves nothing.
test.each([
  ['the head is written in a transaction of its own', LATER, 'head-apart', HEAD, 'too many'],
  ['the same in a first load', FIRST, 'head-apart', HEAD, 'too many'],
  ['the same in a replace', REPLACE, 'head-apart', HEAD, 'rows'],
  ['the same in a full refresh', REFRESH, 'head-apart', HEAD, 'rows'],
  ['positions are saved after the rows', LATER, 'position-after', COMMITTED, 'too many'],
  ['positions are saved before the rows', LATER, 'position-before', HEAD, 'lost'],
  ['a replace empties the table first', REPLACE, 'empties-first', /^before writer.write/, 'not done, but'],
] as const)(
  'the suite fails where %s',
  { timeout: 120_000 },
  async (_what, scene, fault, label, complaint) => {
    const { wrong, kills } = await crashFileScene(scene, {
      boundaries: at(label),
      killsInRecovery: false,
      fault,
    });
    expect(kills).toBeGreaterThan(0);
    expect(wrong.length).toBeGreaterThan(0);
    expect(wrong.flatMap(({ complaints }) => complaints).join()).toContain(complaint);
  },
);

test('the same boundaries without a fault leave nothing wrong', { timeout: 120_000 }, async () => {
  const boundaries = (trace: readonly string[]) => [HEAD, COMMITTED].flatMap((label) => at(label)(trace));
  const { wrong, kills } = await crashFileScene(LATER, { boundaries, killsInRecovery: false });
  expect({ wrong, kills }).toEqual({ wrong: [], kills: 4 });
});
