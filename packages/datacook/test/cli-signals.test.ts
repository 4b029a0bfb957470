import { readdir, readFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ORDERS, oddRecipe, TestProject } from './project.js';

let project: TestProject;

beforeEach(async () => {
  project = await TestProject.make();
});

afterEach(() => project.remove());

const ROWS = 400_000;

async function manyOrders(): Promise<void> {
  const rows = Array.from({ length: ROWS }, (_, index) => `${index},name ${index},${index / 2}`);
  await project.write('data/orders.csv', `id,fname,amount\n${rows.join('\n')}\n`);
  await project.write(
    'recipes/orders.yaml',
    `${ORDERS}runtime: { batch_size: 2000, checkpoint: { rows: 5000 } }\n`,
  );
}

describe('a signal', () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)(
    '%s ends a run with what is committed, and the next run does the rest',
    async (signal, code) => {
      await manyOrders();
      const running = project.start(['run', 'recipes/orders.yaml']);
      await running.said('committed ');
      running.process.kill(signal);
      const ended = await running.ended;
      expect(ended).toMatchObject({ code, signal: null });
      expect(ended.stderr).toContain(`${signal}: ending the run`);
      expect(ended.stdout).toMatch(/^orders cancelled in /);
      const [name] = await readdir(project.path('.datacook/runs'));
      const report = JSON.parse(await readFile(project.path(`.datacook/runs/${name}`), 'utf8'));
      expect(report).toMatchObject({ status: 'cancelled', exit_code: code, error: { code: 'CANCELLED' } });
      const [[before]] = (await project.query('select count(*) from orders')) as [[string]];
      expect(Number(before)).toBe(report.streams[0].rows.written);
      expect(Number(before)).toBeLessThan(ROWS);

      const again = await project.run(['run', 'recipes/orders.yaml']);
      expect(again).toMatchObject({ code: 0, stdout: expect.stringMatching(/resumed: 400,000 rows in all/) });
      const counts = 'select count(*), count(distinct id), sum(id) from orders';
      expect(await project.query(counts)).toEqual([
        [String(ROWS), String(ROWS), String((ROWS * (ROWS - 1)) / 2)],
      ]);
    },
  );

  it('stops a run that is stuck when its grace is over', async () => {
    await project.write('recipes/odd.yaml', oddRecipe('stuck', '{ grace_seconds: 0 }'));
    const running = project.start(['run', 'recipes/odd.yaml']);
    await running.said('begins load');
    running.process.kill('SIGTERM');
    expect(await running.ended).toMatchObject({ code: 143, stdout: expect.stringMatching(/^odd cancelled/) });
  });

  it('a second time ends the process at once, with the same code', async () => {
    await project.write('recipes/odd.yaml', oddRecipe('stuck', '{ grace_seconds: 600 }'));
    const running = project.start(['run', 'recipes/odd.yaml']);
    await running.said('begins load');
    running.process.kill('SIGINT');
    await running.said('a second signal ends it at once');
    running.process.kill('SIGTERM');
    expect(await running.ended).toMatchObject({ code: 130, signal: null, stdout: '' });
  });

  it('leaves out the recipes that have not begun', async () => {
    await project.write('recipes/a.yaml', oddRecipe('stuck', '{ grace_seconds: 0 }'));
    await project.write('recipes/b.yaml', oddRecipe('stuck').replace('name: odd', 'name: second'));
    const running = project.start(['run', 'recipes']);
    await running.said('begins load');
    running.process.kill('SIGINT');
    const { code, stderr } = await running.ended;
    expect(code).toBe(130);
    expect(stderr).toContain('second was not run');
    expect(stderr).not.toContain('second: started');
  });
});

describe('a second run of the same recipe', () => {
  it('is refused while the first is alive, and names it', async () => {
    await project.write('recipes/odd.yaml', oddRecipe('stuck', '{ grace_seconds: 0 }'));
    const running = project.start(['run', 'recipes/odd.yaml']);
    await running.said('begins load');
    const { code, stderr } = await project.run(['run', 'recipes/odd.yaml']);
    const { stdout } = await project.run(['show-state', 'recipes/odd.yaml']);
    running.process.kill('SIGTERM');
    await running.ended;
    expect(code).toBe(1);
    expect(stderr).toContain(`process ${running.process.pid}`);
    expect(stdout).toMatch(new RegExp(`lease +held by run .* process ${running.process.pid}`));
  });
});

describe('a reader that goes', () => {
  it('does not disturb a command', async () => {
    const steps = Array.from(
      { length: 5000 },
      (_, index) => `    - { type: drop_columns, columns: [c${index}] }\n`,
    );
    await project.write('recipes/long.yaml', ORDERS.replace('    - {', `${steps.join('')}    - {`));
    const { process: child, ended } = project.start(['resolve', 'recipes/long.yaml']);
    child.stdout?.destroy();
    expect(await ended).toMatchObject({ code: 0, stderr: '' });
  });
});
