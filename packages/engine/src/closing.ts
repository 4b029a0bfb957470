/** How long it may take to close something, in milliseconds. */
const CLOSE_MS = 10_000;

/**
 * Closes a plug-in. What goes wrong is a warning: it must not take the place of how the run has ended. One that
 * doesn't come to an end is left behind.
 */
export async function closeQuietly(
  what: string,
  plugin: { close(): Promise<void> },
  warn: (text: string) => void,
): Promise<void> {
  try {
    if (!(await endsInTime(plugin.close())))
      warn(`the ${what} was not closed within ${CLOSE_MS / 1000} s, and was left behind`);
  } catch (error) {
    warn(`the ${what} could not be closed: ${(error as Error).message}`);
  }
}

/** Gives a lease back. What goes wrong is a warning, too: it ends by itself. */
export async function releaseQuietly(
  lease: { release(): Promise<void> },
  warn: (text: string) => void,
): Promise<void> {
  try {
    if (!(await endsInTime(lease.release())))
      warn(`the lease could not be given back within ${CLOSE_MS / 1000} s, and ends by itself`);
  } catch (error) {
    warn(`the lease could not be given back, and ends by itself: ${(error as Error).message}`);
  }
}

async function endsInTime(work: Promise<void>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), CLOSE_MS);
  });
  try {
    return await Promise.race([work.then(() => true), late]);
  } finally {
    clearTimeout(timer);
  }
}
