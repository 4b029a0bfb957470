import { chmod, mkdir, rm, symlink } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BINARY, BOUND_BY_RIGHTS, type Ended, ORDERS, ORDERS_CSV, TestProject } from './project.js';

/** Runs a program with a full disk as its stdout. */
const FULL = `import { spawnSync } from 'node:child_process';
import { openSync } from 'node:fs';
const stdio = ['ignore', openSync('/dev/full', 'w'), 'inherit'];
process.exit(spawnSync(process.execPath, process.argv.slice(2), { stdio }).status);
`;

let project: TestProject;

beforeAll(async () => {
  project = await TestProject.make();
  await project.write('data/orders.csv', ORDERS_CSV);
});

afterAll(() => project.remove());

/** What `validate` says on stdout and `run` on stderr, both with exit code 2. */
async function refused(name: string, text: string): Promise<string> {
  await project.write(`recipes/${name}`, text);
  const commands = ['validate', 'run'].map((command) => project.run([command, `recipes/${name}`]));
  const [validated, ran] = (await Promise.all(commands)) as [Ended, Ended];
  expect({ validated: validated.code, ran: ran.code, stderr: ran.stderr }).toMatchObject({
    validated: 2,
    ran: 2,
  });
  expect(ran.stdout).toBe('');
  // What is missing, since it has another name, makes it a fragment as well: no error to validate.
  const lines = ran.stderr
    .trimEnd()
    .split('\n')
    .filter((line) => !line.includes('a fragment'));
  for (const line of lines) expect(validated.stdout).toContain(line);
  return ran.stderr;
}

describe('a wrong recipe', () => {
  it('that is no YAML is refused with the place', async () => {
    expect(await refused('bad.yaml', 'name: x\nsource: { type: file\n')).toMatch(
      /error recipes\/bad\.yaml:\d+:\d+/,
    );
  });

  it('with an unknown key is refused with the place and the nearest key', async () => {
    const text = await refused('key.yaml', ORDERS.replace('destination:', 'destinaton:'));
    expect(text).toContain('recipes/key.yaml:6:1');
    expect(text).toMatch(/destination/);
  });

  it('with an unknown type is refused with what is installed, near misses and the install line', async () => {
    const text = await refused('type.yaml', ORDERS.replace('type: file', 'type: fle'));
    expect(text).toContain('recipes/type.yaml:2:');
    expect(text).toContain('unknown source type "fle"');
    expect(text).toContain('Did you mean "file"?');
    expect(text).toMatch(/Installed source types: file, odd/);
    const known = await refused('pg.yaml', ORDERS.replace('type: file', 'type: postgres'));
    expect(known).toContain('npm install @datacook/connector-postgres');
  });

  it('that extends itself over another is refused with the chain', async () => {
    await project.write('recipes/b.yaml', 'extends: cycle.yaml\n');
    const text = await refused('cycle.yaml', `extends: b.yaml\n${ORDERS}`);
    expect(text).toContain('b.yaml:1');
    expect(text).toContain('cycle.yaml:1');
  });

  it('shows several problems together', async () => {
    const text = await refused(
      'two.yaml',
      ORDERS.replace('table: orders', 'tabel: orders').replace('mapping:', 'maping:'),
    );
    expect(text).toContain('two.yaml:5:');
    expect(text).toContain('two.yaml:6:');
  });
});

describe('a recipe that is a link', () => {
  it('finds the plug-ins of the project that it leads to', async () => {
    await project.write('recipes/linked.yaml', ORDERS);
    const elsewhere = await TestProject.make();
    await rm(elsewhere.path('node_modules'), { recursive: true });
    await rm(elsewhere.path('package.json'));
    await symlink(project.path('recipes/linked.yaml'), elsewhere.path('linked.yaml'));
    const { stdout } = await elsewhere.run(['validate', 'linked.yaml']);
    await elsewhere.remove();
    expect(stdout).not.toContain('unknown destination type');
  });
});

describe('resolve', () => {
  it('writes nothing for a recipe of which nothing can be read', async () => {
    await project.write('recipes/broken.yaml', 'name: [');
    const { code, stdout, stderr } = await project.run(['resolve', 'recipes/broken.yaml']);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('recipes/broken.yaml:1:');
  });
});

describe('a fragment', () => {
  it('is a warning in validate, and an error in plan and run', async () => {
    await project.write('fragments/base.yaml', 'runtime: { batch_size: 10 }\n');
    const validated = await project.run(['validate', 'fragments/base.yaml']);
    expect(validated).toMatchObject({ code: 0, stdout: expect.stringMatching(/warning[\s\S]*fragment/i) });
    for (const command of ['plan', 'run']) {
      const { code, stderr } = await project.run([command, 'fragments/base.yaml']);
      expect(code).toBe(2);
      expect(stderr).toMatch(/error[\s\S]*fragment/i);
    }
  });

  it('in a folder is skipped by run, which says so', async () => {
    await project.write('mixed/base.yaml', 'runtime: { batch_size: 10 }\n');
    await project.write(
      'mixed/orders.yaml',
      `extends: base.yaml\n${ORDERS.replace('name: orders', 'name: mixed')}`,
    );
    const { code, stdout, stderr } = await project.run(['run', 'mixed']);
    expect(code).toBe(0);
    expect(stderr).toContain('skipped mixed/base.yaml: a fragment');
    expect(stdout).toContain('mixed succeeded');
  });

  it('alone in a folder leaves nothing to run', async () => {
    const { code, stderr } = await project.run(['run', 'fragments']);
    expect(code).toBe(2);
    expect(stderr).toContain('nothing to run: fragments has fragments only');
  });
});

describe('an unset environment variable', () => {
  it('is a warning in validate, an error in run before anything is contacted, and fine when set', async () => {
    const text = ORDERS.replace('table: orders', `table: "{{ env_var('SHOP_TABLE') }}"`);
    await project.write('recipes/env.yaml', text);
    const validated = await project.run(['validate', 'recipes/env.yaml']);
    expect(validated).toMatchObject({ code: 0, stdout: expect.stringMatching(/warning[\s\S]*SHOP_TABLE/) });
    const ran = await project.run(['run', 'recipes/env.yaml']);
    expect(ran).toMatchObject({ code: 2, stderr: expect.stringMatching(/env\.yaml:6:[\s\S]*SHOP_TABLE/) });
    const set = await project.run(['run', 'recipes/env.yaml'], { SHOP_TABLE: 'from_env' });
    expect(set).toMatchObject({ code: 0 });
    expect(await project.query('select count(*) from from_env')).toEqual([['3']]);
  });
});

describe('several recipes', () => {
  it('do not run at all if one of them is wrong', async () => {
    await project.write('several/a.yaml', ORDERS.replaceAll('orders', 'several_a'));
    await project.write(
      'several/b.yaml',
      ORDERS.replaceAll('orders', 'several_b').replace('type: file', 'type: fle'),
    );
    const { code, stdout, stderr } = await project.run(['run', 'several']);
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain('several/b.yaml:2:');
    expect(stderr).toContain("nothing was run: 1 recipe of 2 can't run");
    const tables = await project.query(
      "select table_name from duckdb_tables() where table_name like 'several%'",
    );
    expect(tables).toEqual([]);
  });

  it('run one after another; one that fails does not keep the others from running', async () => {
    await project.write('three/a.yaml', ORDERS.replaceAll('orders', 'three_a'));
    await project.write(
      'three/b.yaml',
      ORDERS.replaceAll('orders', 'three_b').replace('*.csv', 'nothing*.csv'),
    );
    await project.write('three/c.yaml', ORDERS.replaceAll('orders', 'three_c'));
    const { code, stdout, stderr } = await project.run(['run', 'three']);
    expect(code).toBe(1);
    expect(stdout).toMatch(/three_a +succeeded +3 [\s\S]*three_b +failed +0 [\s\S]*three_c +succeeded +3 /);
    expect(stderr).toMatch(/error: three_b: .*nothing\*\.csv/);
  });

  it('do not run if two of them keep their state under one key', async () => {
    await project.write('twice/a.yml', ORDERS.replaceAll('orders', 'twice'));
    await project.write(
      'twice/b.yml',
      ORDERS.replaceAll('orders', 'twice').replace('table: twice', 'table: t2'),
    );
    const { code, stdout, stderr } = await project.run(['run', 'twice/a.yml', 'twice/b.yml']);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('error twice/b.yml:1:7 name: twice/a.yml keeps its state under "twice" as well');
    expect(await project.query("select table_name from duckdb_tables() where table_name = 'twice'")).toEqual(
      [],
    );
  });
});

describe('a report that can not be written', () => {
  it.each([
    ['nowhere/report.json', 'there is no folder'],
    ['.', 'it is a folder'],
    ['new/', 'it is a folder'],
  ])('to %s is refused before the run', async (path, reason) => {
    await project.write('recipes/reported.yaml', ORDERS.replaceAll('orders', 'reported'));
    const { code, stdout, stderr } = await project.run(['run', 'recipes/reported.yaml', '--report', path]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(`the report can't be written to ${path}: ${reason}`);
  });
});

describe('a place that can not be used', () => {
  it('as stdout loses results, which is no defect', async () => {
    const file = await project.write('full.mjs', FULL);
    const { code, stderr } = await project.startProgram(file, [BINARY, 'list-connectors']).ended;
    expect(code).toBe(1);
    expect(stderr).toMatch(/^error: the results can't be written to stdout: ENOSPC[^\n]*\n$/);
  });

  it('as the home folder says nothing', async () => {
    await mkdir(project.path('home'), { mode: 0 });
    const { stdout, stderr } = await project.start(
      ['--help'],
      { HOME: project.path('home') },
      BOUND_BY_RIGHTS,
    ).ended;
    await chmod(project.path('home'), 0o700);
    expect(stdout).toContain('USAGE');
    expect(stderr).toBe('');
  });

  it('as the folder of recipes is refused', async () => {
    await mkdir(project.path('closed'), { mode: 0 });
    const { code, stdout } = await project.start(['validate', 'closed'], {}, BOUND_BY_RIGHTS).ended;
    await chmod(project.path('closed'), 0o700);
    expect(code).toBe(2);
    expect(stdout).toContain("the folder closed can't be read: EACCES");
  });
});
