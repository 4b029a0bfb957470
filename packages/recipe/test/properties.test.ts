import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Path } from '@datacook/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type LoadedRecipe,
  loadRecipe,
  type RecipeValue,
  recipeFromText,
  resolvedText,
} from '../src/index.js';

type Value = RecipeValue;

const VAR = 'the "var" {{';

/** Text of all kinds, templates among them. */
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 12 }).filter((value) => !value.includes('{{')),
  fc.string({ unit: 'grapheme', maxLength: 12 }).filter((value) => !value.includes('{{')),
  fc.constantFrom(
    "{{ var('v') }}",
    "a{{ var('v') }}b",
    "{{ run.id }}{{ var('v') }}",
    "{{ env_var('DATACOOK_TEST_NEVER', 'x') }}",
    'yes',
    '1',
    'null',
    '',
    'a: b',
    '- x',
    'two\nlines\n',
    ' x',
  ),
);
const scalar: fc.Arbitrary<Value> = fc.oneof(
  text,
  fc.constantFrom<Value>({ $literal: '{{ x }}' }, { $literal: '{{' }, null, true, false),
  fc.integer(),
  fc.double({ noDefaultInfinity: true, noNaN: true }),
  fc.bigInt({ min: 2n ** 53n, max: 2n ** 70n }),
);
const list = fc.array(scalar, { maxLength: 3 });
const mapping: fc.Arbitrary<{ [key: string]: Value }> = fc.record(
  {
    s1: scalar,
    s2: scalar,
    s3: scalar,
    l1: list,
    l2: list,
    m1: fc.record({ s1: scalar, l1: list, 's.4': scalar }, { requiredKeys: [] }),
  },
  { requiredKeys: [] },
);
const step = fc.record({ type: fc.constantFrom('a', 'b'), v: scalar, w: list }, { requiredKeys: ['type'] });
const steps = fc.array(
  fc.oneof({ weight: 4, arbitrary: step }, fc.constantFrom<Value>({ use: 'm' }, { use: 'n' })),
  { maxLength: 3 },
);

/** One level of a chain. The kind of each value follows from its path, so that levels can be laid on one another. */
const level: fc.Arbitrary<{ [key: string]: Value }> = fc.record(
  {
    name: fc.constantFrom('one', 'two', "n_{{ var('plain') }}"),
    description: text,
    source: mapping,
    destination: mapping,
    runtime: fc.record({ batch_size: fc.nat(), parallelism: fc.nat() }, { requiredKeys: [] }),
    default_runtime: fc.record({ batch_size: fc.nat(), max_retries: fc.nat() }, { requiredKeys: [] }),
    transform: fc.record({ steps, use: fc.subarray(['m', 'n']) }, { requiredKeys: [] }),
    macros: fc.record(
      { m: fc.array(step, { maxLength: 2 }), n: fc.array(step, { maxLength: 2 }) },
      { requiredKeys: [] },
    ),
    delete: fc.subarray([
      'source.s1',
      'source.m1',
      'destination',
      'transform.steps',
      'transform.use',
      'runtime.batch_size',
      'source.m1["s.4"]',
    ]),
  },
  { requiredKeys: [] },
);
const chain = fc.array(level, { minLength: 1, maxLength: 4 });

/** JSON, with integers of any size. */
function toText(value: Value): string {
  if (typeof value === 'bigint') return String(value);
  if (typeof value === 'number' && Math.abs(value) > Number.MAX_SAFE_INTEGER) return value.toExponential();
  if (Array.isArray(value)) return `[${value.map(toText).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  return `{\n${Object.entries(value)
    .map(([key, inner]) => `${JSON.stringify(key)}: ${toText(inner)}`)
    .join(',\n')}}`;
}

function write(folder: string, levels: readonly { [key: string]: Value }[]): string {
  levels.forEach((one, index) => {
    const parent = index === 0 ? {} : { extends: `r${index - 1}.yaml` };
    const vars = index === 0 ? { vars: { v: { $literal: VAR }, plain: 'p' } } : {};
    writeFileSync(join(folder, `r${index}.yaml`), toText({ ...parent, ...vars, ...one }));
  });
  return join(folder, `r${levels.length - 1}.yaml`);
}

/** Every scalar of a value, with its path. */
function* leaves(value: Value, path: Path = []): Generator<readonly [Path, Value]> {
  const isLiteral = typeof value === 'object' && value !== null && '$literal' in value;
  if (typeof value !== 'object' || value === null || isLiteral) yield [path, value];
  else if (Array.isArray(value))
    for (const [index, item] of value.entries()) yield* leaves(item, [...path, index]);
  else for (const [key, item] of Object.entries(value)) yield* leaves(item, [...path, key]);
}

/** What a written scalar is when it is resolved. */
function expected(written: Value): Value {
  if (written === "{{ var('v') }}") return { $literal: VAR };
  if (written === "a{{ var('v') }}b") return { $literal: `a${VAR}b` };
  if (written === "{{ run.id }}{{ var('v') }}") return `{{ run.id }}{{ '${VAR}' }}`;
  if (written === "n_{{ var('plain') }}") return 'n_p';
  return Object.is(written, -0) ? 0 : written;
}

/** The JSON scalar that stands at a place. */
function spelled(content: string, line: number, column: number): Value {
  const rest = content
    .split('\n')
    .slice(line - 1)
    .join('\n')
    .slice(column - 1);
  const token = /^(?:"(?:[^"\\]|\\.)*"|[^\s,\]}]+)/s.exec(rest)?.[0] ?? '';
  return /^-?\d+$/.test(token) && !Number.isSafeInteger(Number(token)) ? BigInt(token) : JSON.parse(token);
}

async function withChain(
  levels: readonly { [key: string]: Value }[],
  check: (recipe: LoadedRecipe, file: string) => Promise<void>,
): Promise<void> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'datacook-chain-')));
  try {
    const file = write(folder, levels);
    await check(await loadRecipe(file), file);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

describe('a chain of recipes', () => {
  it('resolves to the same thing each time', async () => {
    await fc.assert(
      fc.asyncProperty(chain, (levels) =>
        withChain(levels, async (recipe, file) => {
          const again = await loadRecipe(file);
          expect(again.value).toEqual(recipe.value);
          expect(again.findings).toEqual(recipe.findings);
          expect(resolvedText(again, { format: 'yaml', origin: true })).toBe(
            resolvedText(recipe, { format: 'yaml', origin: true }),
          );
        }),
      ),
      { seed: 1, numRuns: 60 },
    );
  });

  it('has the scalars that its last level says', async () => {
    await fc.assert(
      fc.asyncProperty(chain, (levels) =>
        withChain(levels, async (recipe) => {
          const own = levels.at(-1) ?? {};
          for (const part of ['name', 'description', 'source', 'destination', 'runtime']) {
            for (const [path, value] of leaves({ [part]: own[part] ?? {} })) {
              const at = path.reduce<unknown>(
                (node, key) => (node as Record<string, unknown>)?.[String(key)],
                recipe.value,
              );
              expect({ path, value: at }).toEqual({ path, value: expected(value) });
            }
          }
        }),
      ),
      { seed: 2, numRuns: 150 },
    );
  });

  it('knows of each leaf the text that spells it', async () => {
    await fc.assert(
      fc.asyncProperty(chain, (levels) =>
        withChain(levels, async (recipe) => {
          for (const [path, value] of leaves(recipe.value)) {
            const origin = recipe.originOf(path);
            expect(origin).toBeDefined();
            if (origin === undefined) return;
            const written = spelled(readFileSync(origin.file, 'utf8'), origin.line, origin.column);
            const literal = typeof value === 'object' && value !== null && '$literal' in value;
            const spells =
              literal && expected(written) === written ? { $literal: written } : expected(written);
            expect({ path, value: spells }).toEqual({ path, value });
            expect(recipe.historyOf(path).at(-1)).toEqual(origin);
          }
        }),
      ),
      { seed: 3, numRuns: 150 },
    );
  });

  it.each(['yaml', 'json'] as const)(
    'does not change when what it prints as %s is resolved again',
    async (format) => {
      await fc.assert(
        fc.asyncProperty(chain, (levels) =>
          withChain(levels, async (recipe, file) => {
            const printed = resolvedText(recipe, { format });
            const again = await recipeFromText(printed, { file: `${file}.${format}` });
            expect(again.findings.filter(({ code }) => code !== 'MACRO')).toEqual([]);
            expect(again.value).toEqual(recipe.value);
            expect(resolvedText(again, { format })).toBe(printed);
            const commented = resolvedText(recipe, { format: 'yaml', origin: true });
            expect((await recipeFromText(commented, { file })).value).toEqual(recipe.value);
          }),
        ),
        { seed: 4, numRuns: 150 },
      );
    },
  );
});
