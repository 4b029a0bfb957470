import type { Rows } from './helpers.js';

export interface Parsed {
  readonly rows: Rows;
  /** Fields of the first record. */
  readonly width: number;
  /** The line where the wrong record begins. */
  readonly error?: number;
}

/**
 * A slow and plain reading of the grammar, to compare with: RFC 4180 with one kind of line end a file, a quote only
 * where a field begins, NULL for the unquoted empty field.
 */
export function parseReference(text: string, delimiter: string): Parsed {
  const lineEnd = findLineEnd(text, delimiter);
  const rows: Rows = [];
  let at = 0;
  let line = 1;
  let width = 0;
  while (at < text.length) {
    const begin = line;
    const row: (string | null)[] = [];
    for (;;) {
      if (text[at] === '"') {
        let value = '';
        at++;
        for (;;) {
          if (at >= text.length) return { rows, width, error: begin };
          if (text[at] === '"' && text[at + 1] === '"') {
            value += '"';
            at += 2;
          } else if (text[at] === '"') {
            at++;
            break;
          } else {
            if (text[at] === (lineEnd === '\r' ? '\r' : '\n')) line++;
            value += text[at++];
          }
        }
        row.push(value);
      } else {
        let value = '';
        while (at < text.length && !text.startsWith(delimiter, at) && !text.startsWith(lineEnd, at)) {
          if (text[at] === '"' || text[at] === '\r' || text[at] === '\n')
            return { rows, width, error: begin };
          value += text[at++];
        }
        row.push(value === '' ? null : value);
      }
      if (at >= text.length || text.startsWith(lineEnd, at)) break;
      if (!text.startsWith(delimiter, at)) return { rows, width, error: begin };
      at += delimiter.length;
    }
    at += lineEnd.length;
    line++;
    rows.push(row);
    if (rows.length === 1 && width === 0) width = row.length;
    if (row.length === 1 && row[0] === null && width > 1) rows.pop();
    else if (row.length !== width) return { rows, width, error: begin };
  }
  return { rows, width };
}

/** The first line end outside quotes. */
function findLineEnd(text: string, delimiter: string): string {
  let isQuoted = false;
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '"') isQuoted = !isQuoted;
    if (isQuoted) continue;
    if (text.startsWith('\r\n', at)) return '\r\n';
    if (text[at] === '\n' || text[at] === '\r') return text[at]!;
    if (text.startsWith(delimiter, at)) at += delimiter.length - 1;
  }
  return '\n';
}
