import type { Finding, Origin, Path } from '@datacook/core';
import { formatPath } from './path.js';

/** What findings of this package are about. */
export type FindingCode =
  | 'SYNTAX'
  | 'DUPLICATE_KEY'
  | 'TAG'
  | 'TEMPLATE'
  | 'UNSUPPORTED'
  | 'NOT_FOUND'
  | 'CYCLE'
  | 'MERGE'
  | 'DELETE'
  | 'MACRO'
  | 'VAR'
  | 'UNKNOWN_KEY'
  | 'INVALID'
  | 'MISSING'
  | 'FRAGMENT'
  | 'CONNECTION'
  | 'ENV';

export interface FindingDetails {
  readonly origin?: Origin | undefined;
  readonly path?: Path | undefined;
  readonly hint?: string | undefined;
}

/** Collects findings; says the same thing of the same place once. */
export class Findings {
  readonly #list: Finding[] = [];
  readonly #seen = new Set<string>();

  get list(): readonly Finding[] {
    return this.#list;
  }

  error(code: FindingCode, message: string, details: FindingDetails = {}): void {
    this.add('error', code, message, details);
  }

  warning(code: FindingCode, message: string, details: FindingDetails = {}): void {
    this.add('warning', code, message, details);
  }

  add(severity: Finding['severity'], code: string, message: string, details: FindingDetails = {}): void {
    const { origin, path, hint } = details;
    this.push({
      severity,
      code,
      message,
      ...(hint === undefined ? {} : { hint }),
      ...(origin === undefined ? {} : { origin }),
      ...(path === undefined || path.length === 0 ? {} : { path: formatPath(path) }),
    });
  }

  push(finding: Finding): void {
    const place = finding.origin === undefined ? (finding.path ?? '') : placeOf(finding.origin);
    const key = `${finding.severity} ${place} ${finding.message}`;
    if (this.#seen.has(key)) return;
    this.#seen.add(key);
    this.#list.push(finding);
  }
}

/** `file:line:column`; what comes from an object has no lines. */
export function placeOf(origin: Origin): string {
  return origin.file.startsWith('<') ? origin.file : `${origin.file}:${origin.line}:${origin.column}`;
}

/**
 * A finding as text: `error recipes/a.yaml:3:5 source.tabel: unknown key`, the hint indented below. Files below
 * `cwd` are shown relative to it.
 */
export function formatFinding(finding: Finding, options: { readonly cwd: string }): string {
  // Only where a path begins: not inside a longer one, such as /home/data/ for /data/, and never below the root.
  const folder = options.cwd.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&');
  const below = new RegExp(`(?<![\\w./~-])${folder}/`, 'g');
  const shorten = (text: string) => (options.cwd === '/' ? text : text.replaceAll(below, ''));
  const place = finding.origin === undefined ? [] : [shorten(placeOf(finding.origin))];
  const path = finding.path === undefined ? [] : [finding.path];
  const head = [finding.severity, ...place, ...path].join(' ');
  const hint = finding.hint === undefined ? '' : `\n  ${shorten(finding.hint)}`;
  return `${head}: ${shorten(finding.message)}${hint}`;
}
