import type { RunEvent } from '@datacook/engine';

/** An event as a line of NDJSON, its keys in snake_case. What plug-ins and the report say is left as it is. */
export function eventLine(event: RunEvent): string {
  const entries = Object.entries(event).map(([key, value]) => [snakeCase(key), value]);
  return JSON.stringify({ version: 1, ...Object.fromEntries(entries) });
}

function snakeCase(key: string): string {
  return key.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
