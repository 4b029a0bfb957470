/** How long a plug-in may take to close, in milliseconds. */
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
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(() => resolve('late'), CLOSE_MS);
  });
  try {
    const outcome = await Promise.race([plugin.close(), late]);
    if (outcome === 'late')
      warn(`the ${what} was not closed within ${CLOSE_MS / 1000} s, and was left behind`);
  } catch (error) {
    warn(`the ${what} could not be closed: ${(error as Error).message}`);
  } finally {
    clearTimeout(timer);
  }
}
