import type { Finding, Plugins, WriteMode } from '@datacook/core';
import { type Analysis, analyse, type Purpose } from './analyse.js';
import type { Findings } from './finding.js';
import { child, type MapNode, type Node, plainText } from './node.js';
import type { LoadedRecipe } from './recipe.js';

const MODES: readonly string[] = ['append', 'merge', 'replace'] satisfies WriteMode[];

/** A stream's name that is a table's name as it stands. */
const PLAIN_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** How long a retry waits, in milliseconds: as the recipe says, or 500 to 30,000. */
export function backoffOf(tree: MapNode): { readonly initialMs: number; readonly maxMs: number } {
  const written = child(child(tree, 'runtime'), 'retry_backoff');
  const numberAt = (key: string, fallback: number) => {
    const node = child(written, key);
    return node?.kind === 'scalar' && typeof node.value === 'number' ? node.value : fallback;
  };
  return { initialMs: numberAt('initial_ms', 500), maxMs: numberAt('max_ms', 30_000) };
}

/**
 * All that can be known of a recipe without touching data: what was found while it was loaded, the language's own
 * keys, each plug-in's configuration, what is missing. For a `plan` a fragment is an error, for a `run` also an unset
 * `env_var` and a connection that is defined nowhere. Throws nothing for what is wrong in a recipe.
 */
export async function validateRecipe(
  recipe: LoadedRecipe,
  plugins: Plugins,
  purpose: Purpose,
): Promise<readonly Finding[]> {
  const analysis = await analyse(recipe, plugins, purpose);
  checkWhole(analysis, recipe.isFragment);
  return analysis.findings.list;
}

/** The rules that concern several keys. */
export function checkWhole(analysis: Analysis, fragment: boolean): void {
  const { findings, tree, stream } = analysis;
  const streams = tree.entries.get('source')?.value;
  const list = child(streams, 'streams');
  if (list !== undefined) {
    findings.add(
      fragment ? 'warning' : 'error',
      'UNSUPPORTED',
      "several streams can't be run by this version",
      {
        origin: list.origin,
        path: ['source', 'streams'],
        hint: 'write a recipe for each stream, with what is common in a parent',
      },
    );
  }
  checkWriteMode(analysis, findings);
  const { initialMs, maxMs } = backoffOf(tree);
  if (initialMs > maxMs) {
    const backoff = child(child(tree, 'runtime'), 'retry_backoff');
    findings.error('INVALID', `initial_ms (${initialMs}) is greater than max_ms (${maxMs})`, {
      origin: backoff?.origin,
      path: ['runtime', 'retry_backoff'],
    });
  }
  const destination = child(tree, 'destination');
  if (fragment || list !== undefined || destination?.kind !== 'map' || destination.entries.has('table'))
    return;
  if (stream !== undefined && !PLAIN_NAME.test(stream)) reportTable(tree, stream, findings);
}

function reportTable(tree: MapNode, stream: string, findings: Findings): void {
  findings.error(
    'MISSING',
    `missing, and the stream's name ${JSON.stringify(stream)} is no plain name of a table`,
    {
      origin: (child(tree, 'destination') as Node).origin,
      path: ['destination', 'table'],
      hint: 'name the table, for instance by `table: "{{ stream.table }}"`',
    },
  );
}

function checkWriteMode({ destination, tree }: Analysis, findings: Findings): void {
  if (destination === undefined) return;
  const written = child(child(tree, 'destination'), 'write_mode');
  const mode = written === undefined ? 'append' : plainText(written);
  const modes: readonly string[] = Object.keys(destination.info.modes ?? {});
  if (mode === undefined || !MODES.includes(mode) || modes.includes(mode)) return;
  findings.error('UNSUPPORTED', `the destination ${destination.type} doesn't offer write_mode ${mode}`, {
    origin: (written ?? (child(tree, 'destination') as Node)).origin,
    path: ['destination', 'write_mode'],
    hint: modes.length === 0 ? 'it declares none' : `it offers ${modes.join(', ')}`,
  });
}
