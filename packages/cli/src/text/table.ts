/** Rows of text in aligned columns, two blanks between them. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [index, cell] of row.entries()) widths[index] = Math.max(widths[index] ?? 0, cell.length);
  }
  const lines = rows.map((row) =>
    row.map((cell, index) => (index === row.length - 1 ? cell : cell.padEnd(widths[index] ?? 0))).join('  '),
  );
  return lines.map((line) => line.trimEnd()).join('\n');
}

/** Text with blanks before each line. */
export function indent(text: string, blanks = 2): string {
  return text.replaceAll(/^(?=.)/gm, ' '.repeat(blanks));
}
