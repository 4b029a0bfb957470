import { isDatacookError } from '@datacook/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  expandRecipe,
  type LoadedRecipe,
  recipeFromObject,
  recipeFromText,
  resolvedText,
  validateRecipe,
} from '../src/index.js';
import { RICH, stubPlugins } from './support/plugins.js';

const PLUGINS = stubPlugins(RICH);

const RECIPE = `name: n
description: "about {{ recipe.name }}"
vars: {region: us, n: 5}
macros:
  audit:
    - {id: ts, type: add_column, name: _ts, value: now()}
    - use: other
  other: [{type: rename_columns, mapping: {a: b}}]
source:
  type: file
  path: "data/{{ var('region') }}/*.csv"
  format: &f {type: csv, delimiter: ";"}
  incremental: {strategy: files}
transform:
  use: [audit]
  steps:
    - type: add_column
      name: _source
      value: "{{ env_var('DATACOOK_TEST_FUZZ', 'x') }}"
destination:
  type: duck
  path: !literal "out.duckdb"
  table: "raw_{{ stream.table }}"
  write_mode: append
delete: [transform.steps]
state: {key: "{{ recipe.name }}", lease: 60s}
default_runtime: {batch_size: 20000}
runtime:
  batch_size: "{{ var('n') | int }}"
  retry_backoff: {initial_ms: 1, max_ms: 2}
  checkpoint: {bytes: 256mb}
`;

/** All that can be done with a recipe; nothing of it may throw, but for the one error of what is wrong. */
async function exercise(recipe: LoadedRecipe): Promise<void> {
  const findings = await validateRecipe(recipe, PLUGINS, 'run');
  for (const { message, code, severity } of findings) {
    expect(['error', 'warning']).toContain(severity);
    expect(message.length).toBeGreaterThan(0);
    expect(code).toMatch(/^[A-Z_]+$/);
  }
  await validateRecipe(recipe, PLUGINS, 'validate');
  for (const format of ['yaml', 'json'] as const) {
    for (const expand of [false, true])
      resolvedText(recipe, { format, expand, plugins: PLUGINS, origin: expand });
  }
  recipe.originOf(['transform', 'steps', 0, 'x']);
  recipe.historyOf(['runtime', 'batch_size']);
  try {
    await expandRecipe(recipe, PLUGINS, { id: 'r', startedAt: '2026-01-01T00:00:00.000Z' });
    expect(findings.filter(({ severity }) => severity === 'error')).toEqual([]);
  } catch (error) {
    if (!isDatacookError(error)) throw error;
    expect(error.code).toBe('CONFIG');
    expect(findings.some(({ severity }) => severity === 'error')).toBe(true);
  }
}

const SNIPPETS = [
  '{',
  '}',
  '[',
  ']',
  ':',
  ': ',
  '- ',
  '\n',
  '  ',
  '\t',
  '"',
  "'",
  '{{',
  '}}',
  '#',
  '&a ',
  '*a',
  '*f',
  '!x ',
  '!!int ',
  '|',
  '>',
  '---\n',
  'null',
  '~',
  '1e999',
  '0x',
  'extends: x\n',
  'use',
  'type',
  'streams',
  '$literal',
  '$replace',
  '<<',
  '%',
  '\u0000',
  '\ud800',
  '🎉',
  'name',
  '__proto__',
  ',',
  '?',
  '? ',
];

const edit = fc.record({
  at: fc.nat({ max: RECIPE.length }),
  cut: fc.nat({ max: 12 }),
  put: fc.oneof(fc.constantFrom(...SNIPPETS), fc.string({ maxLength: 4 })),
});

describe('whatever is read', () => {
  it('never throws, if it is any text', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.string({ unit: 'binary', maxLength: 200 }),
          fc.array(fc.constantFrom(...SNIPPETS), { maxLength: 40 }).map((parts) => parts.join('')),
        ),
        fc.constantFrom('a.yaml', 'a.json'),
        async (text, file) => {
          await exercise(await recipeFromText(text, { file }));
        },
      ),
      { seed: 21, numRuns: 800 },
    );
  });

  it('never throws, if it is a damaged recipe', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 4 }), async (edits) => {
        let text = RECIPE;
        for (const { at, cut, put } of edits) text = text.slice(0, at) + put + text.slice(at + cut);
        await exercise(await recipeFromText(text, { file: 'a.yaml' }));
      }),
      { seed: 22, numRuns: 800 },
    );
  });

  it('never throws, if it is any object', async () => {
    const key = fc.constantFrom(
      'name',
      'source',
      'type',
      'transform',
      'steps',
      'use',
      'destination',
      'table',
      'runtime',
      'macros',
      'm',
      'vars',
      'state',
      'delete',
      'path',
      'format',
      'extends',
      'streams',
      'id',
      'columns',
      '$literal',
      'tests',
      'default_runtime',
      'write_mode',
      'conn_id',
    );
    const leaf = fc.oneof(
      fc.constantFrom(
        'file',
        'duck',
        'csv',
        'm',
        "{{ var('x') }}",
        '{{ run.id }}',
        'merge',
        'transform.steps',
      ),
      fc.string(),
      fc.integer(),
      fc.double(),
      fc.boolean(),
      fc.constant(null),
      fc.bigInt(),
    );
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { depthSize: 'medium', withCrossShrink: true },
        leaf,
        fc.array(tie('tree'), { maxLength: 3 }),
        fc.dictionary(key, tie('tree'), { maxKeys: 6 }),
      ),
    }));
    await fc.assert(
      fc.asyncProperty(fc.dictionary(key, tree), async (value) => exercise(recipeFromObject(value))),
      { seed: 23, numRuns: 800 },
    );
  });

  it('finds nothing wrong in the recipe that it damages', async () => {
    const recipe = await recipeFromText(RECIPE, { file: 'a.yaml' });
    expect(
      (await validateRecipe(recipe, PLUGINS, 'run')).filter(({ severity }) => severity === 'error'),
    ).toEqual([]);
  });
});
