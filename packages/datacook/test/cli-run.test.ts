import { chmod, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BOUND_BY_RIGHTS, ORDERS, ORDERS_CSV, oddRecipe, TestProject } from './project.js';

let project: TestProject;

beforeEach(async () => {
  project = await TestProject.make();
  await project.write('recipes/orders.yaml', ORDERS);
  await project.write('data/orders.csv', ORDERS_CSV);
});

afterEach(() => project.remove());

const ALL = 'select id, first_name, amount from orders order by id';

describe('datacook run', () => {
  it('loads what is new, and says so', async () => {
    const first = await project.run(['run', 'recipes/orders.yaml']);
    expect(first.code).toBe(0);
    expect(first.stdout).toMatch(
      /^orders succeeded in .* s\n {2}stream +orders\n {2}rows +3 read, 3 written/,
    );
    expect(first.stdout).toMatch(/guarantee +exactly_once\n/);
    expect(first.stderr).toMatch(/^\d\d:\d\d:\d\d orders: started, run /);
    expect(await project.query(ALL)).toEqual([
      ['1', 'Ada', '1.5'],
      ['2', 'Grace', null],
      ['3', '', '7'],
    ]);
    await project.write('data/more.csv', 'id,fname,amount\n4,Edsger,2\n');
    const second = await project.run(['run', 'recipes/orders.yaml']);
    expect(second).toMatchObject({ code: 0, stdout: expect.stringContaining('1 read, 1 written') });
    expect(await project.query('select count(*), count(distinct id) from orders')).toEqual([['4', '4']]);
  });

  it('replaces the table with --full-refresh', async () => {
    await project.run(['run', 'recipes/orders.yaml']);
    await project.write('data/orders.csv', 'id,fname,amount\n9,Barbara,1\n');
    const { code, stdout } = await project.run(['run', 'recipes/orders.yaml', '--full-refresh']);
    expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringMatching(/load +replace/) });
    expect(await project.query(ALL)).toEqual([['9', 'Barbara', '1']]);
  });

  it('lays overlays on the recipe, the last on top', async () => {
    await project.write('env/one.yaml', 'destination: { table: one }\n');
    await project.write('env/two.yaml', 'destination: { table: two }\n');
    const args = ['run', '--overlay', 'env/one.yaml', 'recipes/orders.yaml', '--overlay=env/two.yaml'];
    expect(await project.run(args)).toMatchObject({ code: 0 });
    expect(await project.query('select count(*) from two')).toEqual([['3']]);
  });

  it('writes a report for its owner alone, and to --report as well', async () => {
    const { code, stdout } = await project.run(['run', 'recipes/orders.yaml', '--report', 'report.json']);
    expect(code).toBe(0);
    const [name] = await readdir(project.path('.datacook/runs'));
    expect(stdout).toContain(`.datacook/runs/${name}`);
    const text = await readFile(project.path(`.datacook/runs/${name}`), 'utf8');
    expect((await stat(project.path(`.datacook/runs/${name}`))).mode & 0o777).toBe(0o600);
    expect(await readFile(project.path('report.json'), 'utf8')).toBe(text);
    expect(JSON.parse(text)).toMatchObject({
      version: 1,
      run_id: name?.replace('.json', ''),
      recipe: 'orders',
      status: 'succeeded',
      exit_code: 0,
      versions: { datacook: expect.any(String), node: process.versions.node },
      streams: [{ name: 'orders', rows: { read: 3, written: 3 }, load: { mode: 'append', resumed: false } }],
      error: null,
    });
  });

  it('warns where writing --report fails after the run', async () => {
    const { code, stderr } = await project.run(['run', 'recipes/orders.yaml', '--report', '/dev/full']);
    expect(code).toBe(0);
    expect(stderr).toContain("warning: the report can't be written to /dev/full: ENOSPC");
    expect(await project.query('select count(*) from orders')).toEqual([['3']]);
  });

  it('warns where the runs can not be written, and succeeds', async () => {
    await mkdir(project.path('.datacook'));
    await writeFile(project.path('.datacook/runs'), 'in the way');
    const { code, stderr } = await project.run(['run', 'recipes/orders.yaml']);
    expect(code).toBe(0);
    expect(stderr).toContain("warning: the run report can't be written");
  });

  it('warns where the folder of runs is read-only, and succeeds', async () => {
    await mkdir(project.path('.datacook/runs'), { recursive: true });
    await chmod(project.path('.datacook/runs'), 0o555);
    const { code, stderr } = await project.start(['run', 'recipes/orders.yaml'], {}, BOUND_BY_RIGHTS).ended;
    expect({ code, stderr }).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(/warning: the run report can't be written: EACCES/),
    });
    expect(await project.query('select count(*) from orders')).toEqual([['3']]);
  });

  it('refuses --report for several recipes', async () => {
    await project.write('recipes/other.yaml', ORDERS.replaceAll('orders', 'other'));
    const { code, stderr } = await project.run(['run', 'recipes', '--report', 'r.json']);
    expect({ code, stderr }).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--report takes one recipe, and there are 2'),
    });
  });

  it('fails with 1 for what only the data could say, with file, line and hint', async () => {
    await project.write('data/orders.csv', 'id,fname,amount\n1,Ada,1.5\n2,Grace\n');
    const { code, stdout, stderr } = await project.run(['run', 'recipes/orders.yaml', '--report', 'r.json']);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^orders failed in /);
    expect(stderr).toMatch(/error: orders: .*data\/orders\.csv.*3/);
    expect(stderr).not.toMatch(/\n\s+at /);
    expect(JSON.parse(await readFile(project.path('r.json'), 'utf8'))).toMatchObject({
      status: 'failed',
      exit_code: 1,
      error: { code: 'DATA', message: expect.any(String) },
    });
    const debug = await project.run(['run', 'recipes/orders.yaml', '--debug']);
    expect(debug.stderr).toMatch(/\n\s+at /);
  });

  it('says with --progress none only what is wrong, and the summary', async () => {
    const { code, stdout, stderr } = await project.run(['run', 'recipes/orders.yaml', '--progress', 'none']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('orders succeeded');
  });

  it('is short about a defect, and asks to report it', async () => {
    await project.write('recipes/odd.yaml', oddRecipe('crash'));
    const { code, stderr } = await project.run(['run', 'recipes/odd.yaml']);
    expect(code).toBe(1);
    expect(stderr).toContain('error: datacook itself failed: out of the blue\n  this is a defect');
    expect(stderr).not.toMatch(/\n\s+at /);
  });

  it('does not end silently when a plug-in never answers and nothing is left to wait for', async () => {
    await project.write('recipes/odd.yaml', oddRecipe('halted'));
    const { code, stderr } = await project.run(['run', 'recipes/odd.yaml']);
    expect(code).toBe(1);
    expect(stderr).toContain('error: datacook itself failed: it waits for something that can never come');
  });
});

describe('datacook run --progress json', () => {
  it('writes events to stdout, the last one the end with the report', async () => {
    const { code, stdout } = await project.run([
      'run',
      'recipes/orders.yaml',
      '--progress',
      'json',
      '--report',
      'r.json',
    ]);
    expect(code).toBe(0);
    const events = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(events[0]).toMatchObject({
      version: 1,
      type: 'start',
      recipe: 'orders',
      run_id: expect.any(String),
    });
    expect(events.map(({ type }) => type).filter((type) => type === 'end')).toHaveLength(1);
    const end = events.at(-1) as { type: string; report: unknown };
    expect(end.type).toBe('end');
    expect(end.report).toEqual(JSON.parse(await readFile(project.path('r.json'), 'utf8')));
  });

  it('ends with an end event also for a run that failed, and for a recipe that is wrong', async () => {
    await project.write('recipes/none.yaml', ORDERS.replace('*.csv', 'none*.csv'));
    await project.write('recipes/wrong.yaml', ORDERS.replace('type: file', 'type: fle'));
    for (const [name, exitCode] of [
      ['none', 1],
      ['wrong', 2],
    ] as const) {
      const { code, stdout } = await project.run(['run', `recipes/${name}.yaml`, '--progress', 'json']);
      expect(code).toBe(exitCode);
      const ends = stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line))
        .filter(({ type }) => type === 'end');
      expect(ends).toHaveLength(1);
      expect(ends[0].report).toMatchObject({
        version: 1,
        status: 'failed',
        exit_code: exitCode,
        error: expect.any(Object),
      });
    }
  });
});
