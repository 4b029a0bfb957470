import { join } from 'node:path';
import { type DatacookError, isDatacookError } from '@datacook/core';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { expandRecipe, loadRecipe, recipeFromObject } from '../src/index.js';
import { folderWith } from './support/files.js';
import { RICH, stubPlugins } from './support/plugins.js';

afterEach(() => vi.unstubAllEnvs());

const PLUGINS = stubPlugins(RICH);
const RUN = { id: 'run-1', startedAt: '2026-01-02T03:04:05.678Z' };

async function expand(files: Readonly<Record<string, string>>, file = 'a.yaml') {
  const folder = folderWith(files);
  const recipe = await loadRecipe(file, { cwd: folder });
  return { folder, recipe, resolved: await expandRecipe(recipe, PLUGINS, RUN) };
}

const MINIMAL = 'name: n\nsource: {type: file, path: x.csv}\ndestination: {type: duck, path: n.duckdb}\n';

describe('expandRecipe', () => {
  it('applies the defaults', async () => {
    const { folder, resolved } = await expand({ 'package.json': '{}', 'a.yaml': MINIMAL });
    const { fingerprint, originOf, ...rest } = resolved;
    expect(fingerprint).toMatch(/^[0-9a-f]{64}$/);
    expect(originOf(['name'])).toMatchObject({ line: 1, column: 7 });
    expect(rest).toEqual({
      name: 'n',
      source: {
        type: 'file',
        config: { path: join(folder, 'x.csv') },
        identityConfig: { path: 'x.csv' },
        stream: 'n',
      },
      steps: [],
      destination: {
        type: 'duck',
        config: { path: join(folder, 'n.duckdb') },
        identityConfig: { path: 'n.duckdb' },
        table: 'n',
        writeMode: 'append',
        schemaPolicy: 'evolve',
        onEmpty: 'fail',
        shared: false,
      },
      state: {
        type: 'local',
        config: { path: join(folder, '.datacook', 'state') },
        key: 'n',
        leaseMs: 60_000,
      },
      runtime: {
        batchSize: 65_536,
        batchBytes: 16_777_216,
        parallelism: 4,
        maxRetries: 3,
        retryBackoff: { initialMs: 500, maxMs: 30_000 },
        onError: 'fail',
        checkpoint: {},
        graceSeconds: 10,
      },
    });
  });
  it('takes everything that a recipe can say', async () => {
    const text = `name: n
description: d
source:
  type: db
  host: h
  table: public."Odd.Name"
  columns: [b, a]
  incremental: {strategy: cursor, cursor_column: u}
transform:
  steps:
    - {id: one, type: add_column, name: "{{ stream.table }}", value: "{{ run.id }} {{ run.started_at }} {{ stream.name }}"}
destination:
  type: duck
  table: "raw_{{ stream.table }}"
  write_mode: replace
  merge_keys: [id]
  schema_policy: freeze
  on_empty: keep
  shared: true
state: {path: s, key: k, lease: 2m}
runtime:
  batch_size: 10
  parallelism: 1
  max_retries: 0
  retry_backoff: {max_ms: 1000}
  timeout: 1.5h
  on_error: reject
  max_rejects: 100
  checkpoint: {rows: 5, bytes: 256mb, seconds: 0.5}
  grace_seconds: 0
  guarantee: exactly_once
tests: [{name: ignored}]
`;
    const { folder, resolved } = await expand({ 'a.yaml': text });
    expect(resolved).toMatchObject({
      description: 'd',
      source: {
        stream: 'public."Odd.Name"',
        columns: ['b', 'a'],
        incremental: { strategy: 'cursor', cursor_column: 'u' },
      },
      steps: [
        {
          id: 'one',
          type: 'add_column',
          config: { name: 'Odd.Name', value: 'run-1 2026-01-02T03:04:05.678Z public."Odd.Name"' },
        },
      ],
      destination: {
        table: 'raw_Odd.Name',
        writeMode: 'replace',
        mergeKeys: ['id'],
        schemaPolicy: 'freeze',
        onEmpty: 'keep',
        shared: true,
      },
      state: { type: 'local', config: { path: join(folder, 's') }, key: 'k', leaseMs: 120_000 },
      runtime: {
        batchSize: 10,
        parallelism: 1,
        maxRetries: 0,
        retryBackoff: { initialMs: 500, maxMs: 1000 },
        timeoutMs: 5_400_000,
        onError: 'reject',
        maxRejects: 100,
        checkpoint: { rows: 5, bytes: 268_435_456, seconds: 0.5 },
        graceSeconds: 0,
        guarantee: 'exactly_once',
      },
    });
    expect(resolved.source.config).not.toHaveProperty('columns');
    expect(resolved.destination.config).toEqual({});
  });
  it('makes paths absolute from the file that says them, and keeps those that are none', async () => {
    const { folder, resolved } = await expand(
      {
        'base/base.yaml':
          'source: {type: file, path: [data/*.csv, ../up/, "/abs/x", "s3://b/k"]}\ntransform: {steps: [{type: lookup, files: [{path: l.csv}]}]}',
        'r/a.yaml': 'extends: ../base/base.yaml\nname: n\ndestination: {type: duck, path: ":memory:"}\n',
      },
      'r/a.yaml',
    );
    expect(resolved.source.config).toEqual({
      path: [join(folder, 'base/data/*.csv'), `${join(folder, 'up')}/`, '/abs/x', 's3://b/k'],
    });
    expect(resolved.source.identityConfig).toEqual({
      path: ['../base/data/*.csv', '../up/', '/abs/x', 's3://b/k'],
    });
    expect(resolved.steps[0]?.config).toEqual({ files: [{ path: join(folder, 'base/l.csv') }] });
    expect(resolved.destination.config).toEqual({ path: ':memory:' });
  });
  it('lays the connection over the configuration, its paths from datacook.yaml', async () => {
    vi.stubEnv('DATACOOK_CONN_SRC', 'db://u:p@h/d');
    const { folder, resolved } = await expand(
      {
        'datacook.yaml':
          "connections: {out: {type: duck, path: dw.duckdb, token: \"{{ env_var('DATACOOK_TEST_T', 't') }}-{{ var('v') }}\"}}\nvars: {v: 1}",
        'r/a.yaml':
          'name: n\nsource: {type: db, conn_id: src, table: t}\ndestination: {type: duck, conn_id: out}\n',
      },
      'r/a.yaml',
    );
    expect(resolved.source.config).toEqual({ conn_id: 'src', table: 't', url: 'db://u:p@h/d' });
    expect(resolved.destination.config).toEqual({
      conn_id: 'out',
      path: join(folder, 'dw.duckdb'),
      token: 't-1',
    });
    expect(resolved.destination.identityConfig).toMatchObject({ path: '../dw.duckdb' });
  });
  it('takes the state of datacook.yaml where the recipe has none', async () => {
    const project = 'state: {type: local, path: states, key: "x/{{ recipe.name }}", lease: 5s}';
    const files = {
      'datacook.yaml': project,
      'r/a.yaml': MINIMAL,
      'r/b.yaml': `${MINIMAL}state: {key: own}\n`,
    };
    const { folder, resolved } = await expand(files, 'r/a.yaml');
    expect(resolved.state).toEqual({
      type: 'local',
      config: { path: join(folder, 'states') },
      key: 'x/n',
      leaseMs: 5000,
    });
    expect(resolved.originOf(['state', 'path'])).toMatchObject({ file: join(folder, 'datacook.yaml') });
    const own = await expand(files, 'r/b.yaml');
    expect(own.resolved.state).toEqual({
      type: 'local',
      config: { path: join(own.folder, '.datacook/state') },
      key: 'own',
      leaseMs: 60_000,
    });
  });
  it('hands on integers of any size, and text with braces', async () => {
    const { resolved } = await expand({
      'a.yaml': `${MINIMAL}transform: {steps: [{type: add_column, name: a, value: 9007199254740993}, {type: add_column, name: b, value: !literal "{{ x }}"}]}`,
    });
    expect(resolved.steps.map(({ config }) => config['value'])).toEqual([9007199254740993n, '{{ x }}']);
  });
  it('fills in the environment, never reading it as a template', async () => {
    vi.stubEnv('DATACOOK_TEST_V', '{{ run.id }}');
    const { resolved } = await expand({
      'a.yaml': `${MINIMAL}transform: {steps: [{type: add_column, name: a, value: "{{ env_var('DATACOOK_TEST_V') }}"}]}`,
    });
    expect(resolved.steps[0]?.config['value']).toBe('{{ run.id }}');
  });
  it('knows the places of the recipe, the nearest where a key is absent', async () => {
    const { folder, resolved } = await expand({
      'base.yaml': 'transform:\n  steps:\n    - {type: add_column, name: a, value: 1}\n',
      'a.yaml': `extends: base.yaml\n${MINIMAL}transform:\n  steps:\n    - type: add_column\n      name: b\n      value: 2\n`,
    });
    const at = (...path: (string | number)[]) => {
      const origin = resolved.originOf(path);
      return `${origin?.file.slice(folder.length + 1)}:${origin?.line}:${origin?.column}`;
    };
    expect(at('transform', 'steps', 0)).toBe('base.yaml:3:7');
    expect(at('transform', 'steps', 1)).toBe('a.yaml:7:7');
    expect(at('transform', 'steps', 1, 'value')).toBe('a.yaml:9:14');
    expect(at('destination', 'table')).toBe('a.yaml:4:1');
  });
  it('has a fingerprint that the environment and secrets do not change', async () => {
    const text = (password: string, table: string) =>
      `name: n\nsource: {type: db, host: "{{ env_var('DATACOOK_TEST_H', 'h') }}", table: ${table}, password: ${password}}\ndestination: {type: duck}\n`;
    const print = async (password: string, table: string) =>
      (await expand({ 'a.yaml': text(password, table) })).resolved.fingerprint;
    const first = await print('a', 't');
    vi.stubEnv('DATACOOK_TEST_H', 'other');
    expect(await print('b', 't')).toBe(first);
    expect(await print('a', 'u')).not.toBe(first);
  });
  it('plans with defaults where the environment is not set yet, unless that leaves nothing to plan', async () => {
    const plan = async (text: string) => {
      const recipe = await loadRecipe('a.yaml', { cwd: folderWith({ 'a.yaml': text }) });
      return expandRecipe(recipe, PLUGINS, RUN, 'plan');
    };
    const unset = "{{ env_var('DATACOOK_TEST_UNSET') }}";
    const resolved = await plan(
      `${MINIMAL}runtime: {parallelism: "${unset}", batch_size: 7, checkpoint: {rows: "${unset}"}}\n`,
    );
    expect(resolved.runtime).toMatchObject({ parallelism: 4, batchSize: 7, checkpoint: {} });
    await expect(plan(MINIMAL.replace('type: file', `type: "${unset}"`))).rejects.toThrow(
      "can't be planned: the environment variable DATACOOK_TEST_UNSET is not set",
    );
  });
  it('throws one error with everything that is wrong', async () => {
    const recipe = recipeFromObject({
      name: 'n',
      source: { type: 'file', pth: 1 },
      destination: { type: 'duck', table: '' },
    });
    const error = await expandRecipe(recipe, PLUGINS, RUN).catch((error: unknown) => error);
    expect(isDatacookError(error)).toBe(true);
    const { code, message, hint, details } = error as DatacookError;
    expect({ code, message, hint }).toMatchInlineSnapshot(`
      {
        "code": "CONFIG",
        "hint": "\`datacook validate\` shows every one with its place",
        "message": "<object> has 3 errors: expected text, but this is empty",
      }
    `);
    expect(details['findings']).toHaveLength(3);
  });
  it('refuses fragments, streams and unset variables', async () => {
    const refused = async (text: string) => {
      const error = await expand({ 'a.yaml': text }).catch((error: unknown) => error);
      return (error as DatacookError).message.replace(/^.*a\.yaml /, '');
    };
    expect(await refused('name: n')).toMatchInlineSnapshot(
      `"has an error: a fragment, which can't be run: it has no source, no destination"`,
    );
    expect(
      await refused('name: n\nsource: {type: file, path: x, streams: [a]}\ndestination: {type: duck}\n'),
    ).toMatchInlineSnapshot(`"has an error: several streams can't be run by this version"`);
    expect(
      await refused(`${MINIMAL}runtime: {timeout: "{{ env_var('DATACOOK_TEST_UNSET') }}"}`),
    ).toMatchInlineSnapshot(`"has an error: the environment variable DATACOOK_TEST_UNSET is not set"`);
  });
});
