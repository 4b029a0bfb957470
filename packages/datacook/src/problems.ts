import { DatacookError, type Finding, type Json } from '@datacook/core';
import { formatFinding } from '@datacook/recipe';

/** Throws CONFIG if there are errors among the findings: one error that tells of all of them. */
export function throwErrors(findings: readonly Finding[]): void {
  const errors = findings.filter(({ severity }) => severity === 'error');
  const [first] = errors;
  if (!first) return;
  const texts = errors.map((finding) =>
    formatFinding(finding, { cwd: process.cwd() }).replace(/^error /, ''),
  );
  const message =
    errors.length === 1 ? texts[0]! : `${errors.length} problems with the recipe:\n${texts.join('\n')}`;
  throw new DatacookError('CONFIG', message, {
    details: { ...first.origin, findings: errors as unknown as Json },
  });
}
