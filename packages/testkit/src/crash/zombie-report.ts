/** A trial whose outcome is not what it should be. */
export interface WrongStop {
  /** The boundary at which the first process stood still, from 1, and its label. */
  readonly stopAt: number;
  readonly label: string;
  /** The boundary at which its successor stood still while the first one woke. Absent: it woke after the end. */
  readonly wakeAt?: number;
  readonly wakeLabel?: string;
  /** What is wrong: sentences. */
  readonly complaints: readonly string[];
}

/** What a zombie matrix did and found. */
export interface ZombieReport {
  readonly name: string;
  readonly seed: number;
  /** Boundaries of the run that nobody stopped. */
  readonly boundaries: number;
  /** Boundaries that were chosen. */
  readonly stopPoints: number;
  /** Processes that stood still while another took over: those that woke after its end, and those that woke before. */
  readonly stops: number;
  readonly wakesMidway: number;
  /** Of those that woke: how many said that they were overtaken, and how many had nothing left to do. */
  readonly overtaken: number;
  readonly finished: number;
  /** Kinds of boundaries (labels): of the recorded run, and those at which a process stood still. */
  readonly labels: number;
  readonly labelsStopped: number;
  /** Child processes that were run. */
  readonly runs: number;
  readonly wrong: readonly WrongStop[];
}

/** The line that says what was done. */
export function zombieSummary(report: ZombieReport): string {
  return (
    `${report.name}: stop points ${report.stopPoints} of ${report.boundaries}, stops ${report.stops} ` +
    `(${report.wakesMidway} woke in the middle of the other run), wrong ${report.wrong.length} ` +
    `(overtaken ${report.overtaken}, had nothing left to do ${report.finished}; ` +
    `kinds of boundaries ${report.labelsStopped} of ${report.labels}; runs ${report.runs}, seed ${report.seed})`
  );
}

/** A wrong trial, as one reads it. */
export function describeWrongStop({ stopAt, label, wakeAt, wakeLabel, complaints }: WrongStop): string {
  const woken = wakeAt === undefined ? '' : `, woken when the other was at ${wakeAt} (${wakeLabel})`;
  return `stopped at ${stopAt} (${label})${woken}: ${complaints.join(' | ')}`;
}
