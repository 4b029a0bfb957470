import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** An empty folder that lives as long as the test. */
export function temporaryFolder(): string {
  const path = mkdtempSync(join(tmpdir(), 'datacook-state-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}
