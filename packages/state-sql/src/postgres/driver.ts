import { DatacookError } from '@datacook/core';

/** The driver, loaded when it is first needed. Throws CONFIG, with the install line, if it isn't installed. */
export async function loadDriver(): Promise<typeof import('pg')> {
  try {
    const { default: driver } = await import('pg');
    return driver as unknown as typeof import('pg');
  } catch (error) {
    if (!isMissing(error)) throw error;
    throw new DatacookError('CONFIG', 'State in Postgres needs the package pg, which is not installed', {
      hint: 'Run: npm install pg',
      cause: error,
    });
  }
}

function isMissing(error: unknown): boolean {
  const { code, message } = error as { readonly code?: unknown; readonly message?: unknown };
  return code === 'ERR_MODULE_NOT_FOUND' && String(message).includes("'pg'");
}
