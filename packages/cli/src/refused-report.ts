import { newRun, type RunReport } from '@datacook/engine';
import type { CheckedRecipe } from './recipe-loader.js';
import { hasErrors } from './recipe-loader.js';

/** The report of a run that was refused before it began. Its error is the first that was found. */
export function refusedReport({ name, file, findings }: CheckedRecipe, version: string): RunReport {
  const { id, startedAt } = newRun();
  const first = findings.find((finding) => hasErrors([finding]));
  const origin = first?.origin;
  return {
    version: 1,
    run_id: id,
    recipe: name,
    fingerprint: '',
    identity: null,
    status: 'failed',
    exit_code: 2,
    started_at: startedAt,
    ended_at: startedAt,
    versions: { node: process.versions.node, datacook: version },
    locked_by: null,
    streams: [],
    warnings: findings.filter(({ severity }) => severity === 'warning').map(({ message }) => message),
    error: {
      code: 'CONFIG',
      message: first?.message ?? '',
      hint: first?.hint ?? null,
      at: origin ? `${origin.file}:${origin.line}:${origin.column}` : null,
      details: { file },
    },
  };
}
