import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { ORDERS, ORDERS_CSV, oddRecipe, TestProject } from './project.js';

let project: TestProject;

beforeAll(async () => {
  project = await TestProject.make();
  await project.write('recipes/orders.yaml', ORDERS);
  await project.write('data/orders.csv', ORDERS_CSV);
});

afterAll(() => project.remove());

async function document(args: readonly string[]): Promise<Record<string, unknown>> {
  const { stdout } = await project.run(args);
  return JSON.parse(stdout) as Record<string, unknown>;
}

describe('validate --json', () => {
  it('lists findings with every key', async () => {
    expect(await document(['validate', 'recipes/orders.yaml', '--json'])).toEqual({
      version: 1,
      findings: [],
    });
    await project.write('wrong/wrong.yaml', ORDERS.replace('type: file', 'type: fle'));
    expect(await document(['validate', 'wrong', '--json'])).toEqual({
      version: 1,
      findings: [
        {
          severity: 'error',
          code: expect.any(String),
          message: 'unknown source type "fle"',
          hint: expect.stringContaining('Did you mean "file"?'),
          file: project.path('wrong/wrong.yaml'),
          line: 2,
          column: expect.any(Number),
          path: 'source.type',
        },
      ],
    });
  });

  it('is a document also for a recipe that is not there', async () => {
    expect(await document(['validate', 'nowhere.yaml', '--json'])).toMatchObject({
      version: 1,
      findings: [{ severity: 'error', message: 'there is no recipe nowhere.yaml', file: null, line: null }],
    });
  });
});

describe('list-connectors', () => {
  it('lists the plug-ins of the project and of datacook', async () => {
    const { version, plugins } = (await document(['list-connectors', '--json'])) as {
      version: number;
      plugins: readonly Record<string, unknown>[];
    };
    expect(version).toBe(1);
    const types = plugins.map(({ role, type }) => `${String(role)}:${String(type)}`);
    for (const type of ['source:file', 'source:odd', 'destination:duckdb', 'state:local', 'format:csv']) {
      expect(types).toContain(type);
    }
    expect(plugins.find(({ type }) => type === 'duckdb')).toEqual({
      role: 'destination',
      type: 'duckdb',
      package: '@datacook/connector-duckdb',
      package_version: expect.any(String),
      path: expect.stringContaining('duckdb'),
      modes: { append: 'exactly_once', merge: 'exactly_once', replace: 'exactly_once' },
      problem: null,
      note: null,
    });
  });

  it('says what is wrong with one, and ends with 0', async () => {
    const other = await TestProject.make();
    const file = 'node_modules/datacook-connector-odd/package.json';
    await other.write(
      file,
      JSON.stringify({
        name: 'datacook-connector-odd',
        version: '1.0.0',
        datacook: {
          contract: 9,
          provides: [{ role: 'source', type: 'odd', module: './a.js', config: './b.js' }],
        },
      }),
    );
    const { code, stdout } = await other.run(['list-connectors']);
    await other.remove();
    expect(code).toBe(0);
    expect(stdout).toMatch(/^ROLE +TYPE +PACKAGE +VERSION +CAPABILITIES\n/);
    expect(stdout).toMatch(/source odd of datacook-connector-odd can't be used: .*contract 9/);
  });
});

describe('plan', () => {
  it('shows what would be done, and changes nothing', async () => {
    const { code, stdout } = await project.run(['plan', 'recipes/orders.yaml']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/table orders, which does not exist yet/);
    expect(stdout).toMatch(/guarantee +exactly_once: /);
    expect(stdout).toMatch(/columns written\n +id +int64\n +first_name +utf8\n/);
    const state = await document(['show-state', 'recipes/orders.yaml', '--json']);
    expect(state).toMatchObject({ runs: [], lease: null });
  });

  it('contacts nothing with --offline', async () => {
    await project.write('offline/orders.yaml', ORDERS.replace('../data', '../nowhere'));
    const { code, stdout } = await project.run(['plan', 'offline/orders.yaml', '--offline']);
    expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringContaining('offline: ') });
  });

  it('warns of what is not set, once and with its place, and shows what the recipe says', async () => {
    const text = ORDERS.replace('table: orders', `table: "{{ env_var('SHOP_TABLE') }}"`);
    await project.write('offline/env.yaml', text);
    const { code, stdout, stderr } = await project.run(['plan', 'offline/env.yaml']);
    expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.not.stringContaining('last commit') });
    expect(stderr).toMatch(/^warning offline\/env\.yaml:6:\d+ destination\.table: .*SHOP_TABLE is not set\n/);
    expect(stderr.split('SHOP_TABLE is not set')).toHaveLength(2);
  });

  it('ends with 1 where a system stands in the way, and still shows the rest', async () => {
    const { code, stdout, stderr } = await project.run(['plan', 'offline/orders.yaml']);
    expect(code).toBe(1);
    expect(stdout).toContain('destination  duckdb');
    expect(stderr).toMatch(/error: .*nowhere/);
  });
});

describe('a secret', () => {
  it('is not shown by any command, nor written to a report', async () => {
    const text = `${oddRecipe('broken')}`.replace(
      'behaviour:',
      `password: "{{ env_var('SHOP_KEY') }}", behaviour:`,
    );
    await project.write('secret/odd.yaml', text);
    const env = { SHOP_KEY: 'hush-hush' };
    const resolved = await project.run(['resolve', 'secret/odd.yaml', '--expand'], env);
    expect(resolved).toMatchObject({ code: 0, stdout: expect.stringMatching(/password: "?\*\*\*/) });
    const ran = await project.run(
      ['run', 'secret/odd.yaml', '--progress', 'json', '--report', 'r.json', '--debug'],
      env,
    );
    expect(ran).toMatchObject({ code: 1, stderr: expect.stringContaining('as it was told to') });
    const texts = [resolved.stdout, ran.stdout, ran.stderr, await readFile(project.path('r.json'), 'utf8')];
    for (const command of ['validate', 'plan', 'show-state']) {
      const { stdout, stderr } = await project.run([command, 'secret/odd.yaml'], env);
      texts.push(stdout, stderr);
    }
    expect(texts.join('\n')).not.toContain('hush');
  });
});

describe('resolve', () => {
  it('writes YAML or JSON, and resolving that changes nothing', async () => {
    await project.write('recipes/base.yaml', 'runtime: { parallelism: 2 }\n');
    await project.write(
      'recipes/child.yaml',
      `extends: base.yaml\n${ORDERS.replace('name: orders', 'name: child')}`,
    );
    const yaml = await project.run(['resolve', 'recipes/child.yaml']);
    expect(yaml.code).toBe(0);
    expect(parse(yaml.stdout)).toMatchObject({ name: 'child', runtime: { parallelism: 2 } });
    expect(yaml.stdout).not.toContain('extends');
    await project.write('recipes/resolved.yaml', yaml.stdout);
    expect((await project.run(['resolve', 'recipes/resolved.yaml'])).stdout).toBe(yaml.stdout);
    const json = await project.run(['resolve', 'recipes/child.yaml', '--format', 'json']);
    expect(JSON.parse(json.stdout)).toEqual(parse(yaml.stdout));
  });

  it('says where values come from with --origin', async () => {
    const { stdout } = await project.run(['resolve', 'recipes/child.yaml', '--origin']);
    expect(stdout).toMatch(/parallelism: 2 # base\.yaml:1/);
  });

  it('shows what can be read of a wrong recipe, and ends with 2', async () => {
    await project.write('wrong/key.yaml', `${ORDERS}nonsense: 1\n`);
    const { code, stdout, stderr } = await project.run(['resolve', 'wrong/key.yaml']);
    expect(code).toBe(2);
    expect(stdout).toContain('name: orders');
    expect(stderr).toContain('wrong/key.yaml:7:1');
  });
});

describe('show-state', () => {
  it('tells of the position, the last commit and the runs', async () => {
    await project.run(['run', 'recipes/orders.yaml']);
    const state = await document(['show-state', 'recipes/orders.yaml', '--json']);
    expect(state).toMatchObject({
      version: 1,
      recipe: 'orders',
      streams: [
        {
          name: 'orders',
          position: expect.anything(),
          load: { mode: 'append', done: true, rows: { written: 3 } },
          head: {
            version: expect.any(Number),
            commit: expect.any(String),
            committed_at: expect.any(String),
          },
        },
      ],
      lease: null,
      runs: [{ status: 'succeeded', exit_code: 0, rows_written: 3 }],
    });
    const { code, stdout } = await project.run(['show-state', 'recipes/orders.yaml']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/lease +free/);
    expect(stdout).toMatch(/succeeded +3 /);
  });
});
