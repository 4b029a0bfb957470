import { isServerError } from '../errors.js';
import type { TargetColumn } from '../types/target-column.js';

/** Where among the rows the server saw a fault, as the end of a sentence: `, row 3, column "a"`. Empty if it doesn't say. */
export function placeOf(error: unknown, columns: readonly TargetColumn[]): string {
  if (!isServerError(error)) return '';
  const { where } = error as { readonly where?: string };
  const found = /^COPY .*?, line (\d+)(?:, column (.*))?/s.exec(where ?? '');
  if (found === null) return '';
  const [, row, rest] = found;
  const column = columns.find(({ name }) => rest === name || rest?.startsWith(`${name}: `));
  return `, row ${row}${column === undefined ? '' : `, column "${column.name}"`}`;
}
