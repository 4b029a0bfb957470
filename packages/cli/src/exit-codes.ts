/** The exit codes of every command. 130 and 143 are those of SIGINT and SIGTERM. */
export const ExitCode = {
  done: 0,
  /** A run failed, or something that only a system could say. */
  failed: 1,
  /** The recipe, configuration or usage is wrong. */
  wrong: 2,
} as const;

/** The exit code of several outcomes together: 2 outranks 1, which outranks 0. */
export function worst(codes: readonly number[]): number {
  return Math.max(ExitCode.done, ...codes);
}

/**
 * The exit code of several runs, of which those that have one in `codes` were begun. A signal's outranks them, unless
 * all the same every one succeeded.
 */
export function exitCodeOfRuns(
  codes: readonly number[],
  wanted: number,
  interrupted: number | undefined,
): number {
  const isWhole = codes.length === wanted && worst(codes) === ExitCode.done;
  return isWhole ? ExitCode.done : (interrupted ?? worst(codes));
}
