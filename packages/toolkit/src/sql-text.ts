import { DatacookError } from '@datacook/core';

/**
 * Quotes an identifier as SQL does: never altered, `quote` inside it doubled. `quote` is `"` unless told, or a
 * backtick. Throws CONFIG for a NUL character, which no system can name.
 */
export function quoteIdentifier(name: string, quote = '"'): string {
  if (name.includes('\0')) {
    throw new DatacookError('CONFIG', `The name ${JSON.stringify(name)} contains a NUL character.`, {
      hint: 'Rename the column or table.',
    });
  }
  return quote + name.replaceAll(quote, quote + quote) + quote;
}

/**
 * Quotes a text as a standard SQL literal: a single quote is doubled, a backslash stands for itself. Not for systems
 * that read backslashes as escapes. Throws DATA for a NUL character.
 */
export function quoteLiteral(text: string): string {
  if (text.includes('\0')) {
    throw new DatacookError('DATA', `The text ${JSON.stringify(text)} contains a NUL character.`, {
      hint: 'SQL text cannot hold it; remove it.',
    });
  }
  return `'${text.replaceAll("'", "''")}'`;
}

/**
 * Takes a table's name apart: `a.b` is two parts, `a."odd "".x"` is `a` and `odd ".x`. Parts without quotes are taken
 * as they are. Throws CONFIG for an empty part or an open quote.
 */
export function parseTableName(text: string): string[] {
  const parts: string[] = [];
  let at = 0;
  for (;;) {
    const pattern = text[at] === '"' ? /"((?:[^"]|"")+)"/y : /([^."]+)/y;
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    if (found === null) throw badName(text, at);
    parts.push(text[at] === '"' ? found[1]!.replaceAll('""', '"') : found[1]!);
    at = pattern.lastIndex;
    if (at === text.length) return parts;
    if (text[at] !== '.') throw badName(text, at);
    at++;
  }
}

function badName(text: string, at: number): DatacookError {
  return new DatacookError('CONFIG', `${JSON.stringify(text)} is no table name: see character ${at + 1}.`, {
    hint: 'Write table or schema.table; a part with a dot or a quote in it goes in double quotes, a quote doubled.',
  });
}
