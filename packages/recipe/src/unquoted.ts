import type { Origin } from '@datacook/core';
import type { Findings } from './finding.js';

/** Says that a template lacks its quotes. */
export function reportUnquoted(origin: Origin, findings: Findings): void {
  findings.error('TEMPLATE', 'a template without quotes, which YAML reads as a mapping', {
    origin,
    hint: 'put it in quotes: "{{ var(\'x\') }}"',
  });
}

/** The offset of a value on the line of an error that begins with `{{`. */
export function unquotedTemplate(text: string, offset: number): number | undefined {
  const start = text.lastIndexOf('\n', Math.max(offset - 1, 0)) + 1;
  const end = text.indexOf('\n', start);
  const line = text.slice(start, end === -1 ? text.length : end);
  const match = /(?:^\s*|:\s+|-\s+|[[,{]\s*)\{\{/.exec(blankQuoted(line));
  return match === null ? undefined : start + match.index + match[0].length - 2;
}

function blankQuoted(line: string): string {
  return line.replace(/"[^"]*"|'[^']*'/g, (quoted) => '"'.repeat(quoted.length));
}
