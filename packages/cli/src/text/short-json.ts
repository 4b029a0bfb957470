import type { Json } from '@datacook/core';

/** Characters of a position that are shown; `--json` shows all. */
const MAX_LENGTH = 160;

/** JSON on one line, cut where it is too long to be read. */
export function shortJson(value: Json): string {
  const text = JSON.stringify(value);
  return text.length <= MAX_LENGTH ? text : `${text.slice(0, MAX_LENGTH)}… (${text.length} characters)`;
}
