/** A trial whose outcome is not what an undisturbed run brings. */
export interface Wrong {
  /** The boundary of the first kill, from 1, and its label in that run. */
  readonly killAt: number;
  readonly label: string;
  /** The same of the second kill, in the recovery, where there was one. */
  readonly secondKillAt?: number;
  readonly secondLabel?: string;
  /** What is wrong: sentences. */
  readonly complaints: readonly string[];
}

/** What a crash matrix did and found. */
export interface CrashReport {
  readonly name: string;
  readonly seed: number;
  /** Boundaries of the run that nobody killed. */
  readonly boundaries: number;
  /** Boundaries that were chosen. */
  readonly killPoints: number;
  /** Processes that died at the chosen boundary. A run may pass fewer boundaries than the recorded one did. */
  readonly kills: number;
  /** Recoveries that died at a boundary of theirs. */
  readonly secondKills: number;
  /** Kinds of boundaries (labels): of the recorded run, and those at which a first or second kill fell. */
  readonly labels: number;
  readonly labelsKilled: number;
  readonly labelsKilledInRecovery: number;
  /** Child processes that were run. */
  readonly runs: number;
  readonly wrong: readonly Wrong[];
}

/** The line that says what was done. */
export function crashSummary(report: CrashReport): string {
  return (
    `${report.name}: kill points ${report.killPoints} of ${report.boundaries}, kills ${report.kills}, ` +
    `second kills ${report.secondKills}, wrong ${report.wrong.length} ` +
    `(kinds of boundaries ${report.labelsKilled} of ${report.labels}, in recovery ${report.labelsKilledInRecovery}; ` +
    `runs ${report.runs}, seed ${report.seed})`
  );
}

/** A wrong trial, as one reads it. */
export function describeWrong({ killAt, label, secondKillAt, secondLabel, complaints }: Wrong): string {
  const second = secondKillAt === undefined ? '' : `, then at ${secondKillAt} (${secondLabel})`;
  return `killed at ${killAt} (${label})${second}: ${complaints.join(' | ')}`;
}
