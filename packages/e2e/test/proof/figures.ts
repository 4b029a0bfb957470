import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CrashReport, ZombieReport } from '@datacook/testkit';
import type { RaceReport } from '../race/race-scenes.js';
import type { CutReport } from '../random/cut-connections.js';
import type { RandomReport } from '../random/kill-at-random.js';

/** What was done to a scene, and how often it was wrong. */
export interface Figures {
  readonly scene: string;
  readonly 'kill or stop points'?: number;
  readonly kills?: number;
  readonly 'second kills'?: number;
  readonly stops?: number;
  readonly cuts?: number;
  readonly races?: number;
  readonly runs?: number;
  readonly wrong: number;
}

const COLUMNS: readonly (keyof Figures)[] = [
  'scene',
  'kill or stop points',
  'kills',
  'second kills',
  'stops',
  'cuts',
  'races',
  'runs',
  'wrong',
];

/** All files of a run of the tests write there: they are children of one process. */
const FILE = join(tmpdir(), `datacook-proof-${process.ppid}.jsonl`);

/** Takes note of what was done, for the table. */
export function record(figures: Figures): void {
  appendFileSync(FILE, `${JSON.stringify(figures)}\n`);
}

/** Everything that was noted in this run of the tests, as a table in Markdown, with a line of sums. */
export function recordedTable(): string {
  const lines = existsSync(FILE) ? readFileSync(FILE, 'utf8').trimEnd().split('\n') : [];
  return table(lines.map((line) => JSON.parse(line) as Figures));
}

/** A table in Markdown, with a line of sums. */
export function table(all: readonly Figures[]): string {
  const rows = all.map((figures) => COLUMNS.map((column) => figures[column] ?? ''));
  const sums = COLUMNS.map((_, at) =>
    at === 0 ? 'all' : rows.reduce((sum, row) => sum + Number(row[at]), 0),
  );
  const line = (cells: readonly (string | number)[]) => `| ${cells.join(' | ')} |`;
  const rule = COLUMNS.map((_, at) => (at === 0 ? '---' : '---:'));
  return [COLUMNS, rule, ...rows, sums].map(line).join('\n');
}

export function ofCrash({ name, killPoints, kills, secondKills, runs, wrong }: CrashReport): Figures {
  return {
    scene: name,
    'kill or stop points': killPoints,
    kills,
    'second kills': secondKills,
    runs,
    wrong: wrong.length,
  };
}

export function ofStops({ name, stopPoints, stops, runs, wrong }: ZombieReport): Figures {
  return {
    scene: `${name}, stopped and overtaken`,
    'kill or stop points': stopPoints,
    stops,
    runs,
    wrong: wrong.length,
  };
}

export function ofRandomKills({ name, rows, kills, runs, wrong }: RandomReport): Figures {
  return { scene: `${name}, ${rows} rows, killed at random`, kills, runs, wrong: wrong.length };
}

export function ofCuts({ name, rows, cuts, wrong }: CutReport): Figures {
  return {
    scene: `${name}, ${rows} rows, connections cut`,
    cuts: cuts.source + cuts.target,
    wrong: wrong.length,
  };
}

export function ofRaces({ name, races, wrong }: RaceReport): Figures {
  return { scene: `${name}, two at once`, races, runs: races * 2, wrong: wrong.length };
}
