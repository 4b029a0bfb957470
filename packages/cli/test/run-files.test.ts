import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { recentRuns, runsFolder, saveReport, writeReport } from '../src/run-files.js';
import { runReport } from './reports.js';

let home: string;
const warnings: string[] = [];
const warn = (text: string) => warnings.push(text);

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'datacook-runs-'));
  warnings.length = 0;
});

afterEach(() => rm(home, { recursive: true, force: true }));

describe('saveReport', () => {
  it('writes the whole report for its owner alone, and leaves nothing beside it', async () => {
    const folder = runsFolder(home);
    const path = await saveReport(folder, runReport());
    expect(path).toBe(join(home, '.datacook/runs/20260102T030405Z-00000001.json'));
    expect(JSON.parse(await readFile(path, 'utf8'))).toEqual(runReport());
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await readdir(folder)).toEqual(['20260102T030405Z-00000001.json']);
  });

  it('throws where no folder can be made', async () => {
    await writeFile(join(home, '.datacook'), 'in the way');
    await expect(saveReport(runsFolder(home), runReport())).rejects.toThrow(/EEXIST|ENOTDIR/);
  });
});

describe('writeReport', () => {
  it('takes the place of an older report, and of its wider rights', async () => {
    const path = join(home, 'report.json');
    await writeFile(path, 'old', { mode: 0o644 });
    await writeReport(path, runReport({ status: 'failed' }));
    expect(JSON.parse(await readFile(path, 'utf8')).status).toBe('failed');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it('throws where the folder is not there, or the path is one', async () => {
    await expect(writeReport(join(home, 'nowhere/report.json'), runReport())).rejects.toThrow('ENOENT');
    await expect(writeReport(home, runReport())).rejects.toThrow(/EISDIR|ENOTEMPTY|EEXIST|EPERM/);
  });

  it('writes to a device, and does not replace it', async () => {
    await writeReport('/dev/null', runReport());
    expect((await stat('/dev/null')).isCharacterDevice()).toBe(true);
  });
});

describe('recentRuns', () => {
  it('gives the last runs of a recipe, newest first', async () => {
    const folder = runsFolder(home);
    for (const second of [1, 2, 3, 4]) {
      const recipe = second === 3 ? 'other' : 'orders';
      await saveReport(folder, runReport({ run_id: `20260102T03040${second}Z-00000001`, recipe }));
    }
    const runs = await recentRuns(folder, 'orders', 2, warn);
    expect(runs.map(({ run_id }) => run_id)).toEqual([
      '20260102T030404Z-00000001',
      '20260102T030402Z-00000001',
    ]);
    expect(runs[0]).toEqual({
      run_id: '20260102T030404Z-00000001',
      status: 'succeeded',
      exit_code: 0,
      started_at: '2026-01-02T03:04:05.000Z',
      ended_at: '2026-01-02T03:04:07.000Z',
      rows_written: 11_990,
    });
    expect(warnings).toEqual([]);
  });

  it('warns of a torn report, and leaves it out', async () => {
    const folder = runsFolder(home);
    await saveReport(folder, runReport());
    await writeFile(join(folder, '20260102T030409Z-00000009.json'), '{"run_id": "2026');
    expect(await recentRuns(folder, 'orders', 5, warn)).toHaveLength(1);
    expect(warnings).toEqual([expect.stringContaining('20260102T030409Z-00000009.json')]);
  });

  it('is empty before the first run', async () => {
    expect(await recentRuns(runsFolder(home), 'orders', 5, warn)).toEqual([]);
    expect(warnings).toEqual([]);
  });
});
