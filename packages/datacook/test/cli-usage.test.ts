import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ORDERS, ORDERS_CSV, TestProject } from './project.js';

let project: TestProject;

beforeAll(async () => {
  project = await TestProject.make();
  await project.write('recipes/orders.yaml', ORDERS);
  await project.write('data/orders.csv', ORDERS_CSV);
  await project.write('env/prod.yaml', 'runtime: { batch_size: 100 }\n');
});

afterAll(() => project.remove());

describe('datacook', () => {
  it('says its version', async () => {
    const { code, stdout } = await project.run(['--version']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^datacook\/\d+\.\d+\.\d+ \S+ node-v/);
  });

  it('lists its commands, also without arguments', async () => {
    const help = await project.run(['--help']);
    expect(help.code).toBe(0);
    for (const name of ['run', 'validate', 'plan', 'resolve', 'show-state', 'list-connectors']) {
      expect(help.stdout).toContain(`  ${name} `);
    }
    expect((await project.run([])).stdout).toBe(help.stdout);
    expect((await project.run(['help'])).stdout).toBe(help.stdout);
    expect((await project.run(['help', 'run'])).stdout).toBe((await project.run(['run', '-h'])).stdout);
  });

  it.each(['--version', '--help', 'list-connectors --help'])(
    'loads no engine, parser or driver for %s',
    async (args) => {
      const folder = project.path('coverage');
      await project.run(args.split(' '), { NODE_V8_COVERAGE: folder });
      const [name] = await readdir(folder);
      const text = await readFile(join(folder, name!), 'utf8');
      await rm(folder, { recursive: true });
      const urls = (JSON.parse(text) as { result: { url: string }[] }).result.map(({ url }) => url);
      expect(urls.some((url) => url.endsWith('/cli/dist/main.js'))).toBe(true);
      const heavy = /\/(?:engine|recipe|registry|toolkit|duckdb[^/]*|connectors|zod|yaml)\/(?!.*oclif)/;
      expect(urls.filter((url) => heavy.test(url))).toEqual([]);
    },
  );

  it.each(['run', 'validate', 'plan', 'resolve', 'show-state', 'list-connectors'])(
    'has examples of %s that work',
    async (name) => {
      const { stdout } = await project.run([name, '--help']);
      const examples = [...stdout.matchAll(/^ +\$ datacook (.+)$/gm)].map(([, args]) => args!.split(' '));
      // The first is the usage.
      expect(examples.length).toBeGreaterThan(2);
      for (const args of examples.slice(1)) {
        const { code, stderr } = await project.run(args);
        expect({ args, code, stderr }).toMatchObject({ code: 0 });
      }
    },
  );

  it.concurrent.each([
    [['rnu', 'x.yaml'], 'there is no command rnu\n  did you mean run?'],
    [['frobnicate', '--help'], 'there is no command frobnicate\n  the commands are'],
    [['run'], 'Missing 1 required arg:\nrecipe  Recipe files, or folders of them.\n  datacook run --help'],
    [['run', '--limit', 'x.yaml'], 'Nonexistent flag: --limit\n  datacook run --help'],
    [['plan', 'a.yaml', 'b.yaml'], 'Unexpected argument: b.yaml'],
    [['run', 'x.yaml', '--progress', 'bar'], '--progress=bar to be one of: auto, log, json, none'],
    [['run', 'x.yaml', '--overlay'], '--overlay'],
    [['validate', 'nowhere.yaml'], 'there is no recipe nowhere.yaml'],
    [
      ['run', 'recipes/order.yaml'],
      'there is no recipe recipes/order.yaml\n  did you mean recipes/orders.yaml?',
    ],
    [
      ['plan', 'recipes'],
      'recipes is a folder, and this command takes one recipe\n  it has recipes/orders.yaml',
    ],
    [['run', 'data'], 'the folder data has no recipes'],
    [['run', 'recipes/orders.yaml', '--overlay', 'env/prd.yaml'], 'env/prd.yaml'],
  ])('refuses %j with exit code 2', async (args, message) => {
    const { code, stdout, stderr } = await project.run(args);
    expect(code).toBe(2);
    expect(`${stderr}${args[0] === 'validate' ? stdout : ''}`).toContain(message);
    expect(stderr).not.toMatch(/\n\s+at /);
  });
});
