import { readFile, symlink } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { TestProject } from './project.js';

const PACKAGE = fileURLToPath(new URL('../', import.meta.url));

let project: TestProject;

beforeEach(async () => {
  project = await TestProject.make();
  const readme = await readFile(`${PACKAGE}README.md`, 'utf8');
  for (const [, name, text] of readme.matchAll(/^```\w+ (\S+)\n([\s\S]*?)^```$/gm))
    await project.write(name!, text!);
  await symlink(PACKAGE, project.path('node_modules/datacook'), 'junction');
});

afterEach(() => project.remove());

it('has a recipe that loads what is new', async () => {
  expect(await project.run(['run', 'orders.yaml'])).toMatchObject({ code: 0 });
  await project.write('orders-2.csv', 'id,customer,total\n3,Edsger,7\n');
  expect(await project.run(['run', 'orders.yaml'])).toMatchObject({ code: 0 });
  expect(await project.query('select id, customer from orders order by id', 'shop.duckdb')).toEqual([
    ['1', 'Ada'],
    ['2', 'Grace'],
    ['3', 'Edsger'],
  ]);
});

it('has a program that runs', async () => {
  const { code, stdout, stderr } = await project.startProgram(project.path('load.mjs'), []).ended;
  expect({ code, stdout, stderr }).toEqual({
    code: 0,
    stdout: 'committed 2 rows\nsucceeded 2\n',
    stderr: '',
  });
});
