import { isServerError } from '../errors.js';
import type { TargetColumn } from '../types/target-column.js';

/** Where among the rows the server saw a fault, as the end of a sentence: `, row 3, column "a"`. Empty if it doesn't say. */
export function placeOf(error: unknown, columns: readonly TargetColumn[]): string {
  if (!isServerError(error)) return '';
  const { where } = error as { readonly where?: string };
  // What was parsed is told before the COPY.
  const found = /(?:^|\n)COPY [^\n]*, line (\d+)(?:, column (.*))?/s.exec(where ?? '');
  if (found === null) return '';
  const [, row, rest] = found;
  const column = columns.find(
    ({ name }) => rest?.startsWith(name) && /^(?:$|: |\n)/.test(rest.slice(name.length)),
  );
  return `, row ${row}${column === undefined ? '' : `, column "${column.name}"`}`;
}
