import { randomBytes } from 'node:crypto';
import { access, constants, mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { DatacookError } from '@datacook/core';
import type { RunReport } from '@datacook/engine';

/** A run, as `show-state` tells of it. */
export interface PastRun {
  readonly run_id: string;
  readonly status: string;
  readonly exit_code: number;
  readonly started_at: string;
  readonly ended_at: string;
  readonly rows_written: number;
}

/** Where the reports of a project's runs lie. */
export function runsFolder(home: string): string {
  return join(home, '.datacook', 'runs');
}

/** Writes a report to a folder of reports, which is made if it isn't there. Gives back the file's path. */
export async function saveReport(folder: string, report: RunReport): Promise<string> {
  await mkdir(folder, { recursive: true });
  const path = join(folder, `${report.run_id}.json`);
  await writeReport(path, report);
  return path;
}

/** Writes a report, whole or not at all, for its owner alone to read: positions may hold personal data. */
export async function writeReport(path: string, report: RunReport): Promise<void> {
  const text = `${JSON.stringify(report, null, 2)}\n`;
  if (await isSpecial(path)) return writeAll(path, 'w', text);
  const temporary = join(dirname(path), `.${report.run_id}.${randomBytes(4).toString('hex')}.tmp`);
  try {
    await writeAll(temporary, 'wx', text);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw error;
  }
}

/** Throws CONFIG for a path that no report can be written to. Writes nothing. */
export async function checkReportPath(path: string): Promise<void> {
  const refuse = (reason: string) =>
    new DatacookError('CONFIG', `the report can't be written to ${path}: ${reason}`, {
      hint: '--report takes the path of a file, in a folder that is there',
    });
  if (/[\\/]$/.test(path)) throw refuse('it is a folder');
  const file = resolve(path);
  const found = await stat(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw refuse(error.message);
    return undefined;
  });
  if (found?.isDirectory()) throw refuse('it is a folder');
  const isReplaced = found === undefined || found.isFile();
  const written = isReplaced ? dirname(file) : file;
  await access(written, isReplaced ? constants.W_OK | constants.X_OK : constants.W_OK).catch(
    (error: NodeJS.ErrnoException) => {
      throw refuse(error.code === 'ENOENT' ? `there is no folder ${written}` : error.message);
    },
  );
}

async function writeAll(path: string, flags: string, text: string): Promise<void> {
  const file = await open(path, flags, 0o600);
  try {
    await file.writeFile(text);
    if (flags === 'wx') await file.sync();
  } finally {
    await file.close();
  }
}

// A pipe or a device, such as /dev/stdout, is written to, never replaced.
async function isSpecial(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found !== undefined && !found.isFile() && !found.isDirectory();
}

/** The last runs of a recipe, newest first. A file that can't be read is warned of, and left out. */
export async function recentRuns(
  folder: string,
  recipe: string,
  limit: number,
  warn: (text: string) => void,
): Promise<readonly PastRun[]> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') warn(`the runs in ${folder} can't be read: ${error.message}`);
    return [];
  });
  const runs: PastRun[] = [];
  for (const name of names
    .filter((file) => /^[^.].*\.json$/.test(file))
    .sort()
    .reverse()) {
    if (runs.length === limit) break;
    try {
      const report = JSON.parse(await readFile(join(folder, name), 'utf8')) as RunReport;
      if (report.recipe === recipe) runs.push(pastRun(report));
    } catch (error) {
      warn(`the report ${join(folder, name)} can't be read: ${(error as Error).message}`);
    }
  }
  return runs;
}

function pastRun(report: RunReport): PastRun {
  const { run_id, status, exit_code, started_at, ended_at, streams } = report;
  const rows_written = streams.reduce((sum, { rows }) => sum + rows.written, 0);
  return { run_id, status, exit_code, started_at, ended_at, rows_written };
}
