import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Finding } from '@datacook/core';
import { afterAll } from 'vitest';
import { formatFinding } from '../../src/finding.js';

const made: string[] = [];

afterAll(() => {
  for (const folder of made.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** Writes files into a folder of their own, and returns the folder. */
export function folderWith(files: Readonly<Record<string, string | Uint8Array>>): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'datacook-recipe-')));
  made.push(folder);
  for (const [name, content] of Object.entries(files)) {
    const file = join(folder, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
  }
  return folder;
}

/** Findings as a person reads them, files relative to the folder. */
export function shown(findings: readonly Finding[], folder: string): string {
  return findings.map((finding) => formatFinding(finding, { cwd: folder })).join('\n');
}
