import { afterAll, beforeAll, expect, it } from 'vitest';
import { ORDERS, ORDERS_CSV, TestProject } from './project.js';

let project: TestProject;

beforeAll(async () => {
  project = await TestProject.make();
  await project.write('recipes/orders.yaml', ORDERS);
  await project.write('data/orders.csv', ORDERS_CSV);
});

afterAll(() => project.remove());

it('verify: 1 before there is a table, 0 where nothing differs', async () => {
  const before = await project.run(['verify', 'recipes/orders.yaml']);
  expect(before.code).toBe(1);
  expect(before.stderr).toContain('there is no table orders to compare with\n  run the recipe first');

  expect((await project.run(['run', 'recipes/orders.yaml'])).code).toBe(0);
  const equal = await project.run(['verify', 'recipes/orders.yaml', '--keys', 'id']);
  expect(equal.stderr).toBe('');
  expect(equal.code).toBe(0);
  expect(equal.stdout.split('\n').slice(0, 4)).toEqual([
    'orders',
    '  source    file, stream orders: 3 rows, read through the steps',
    '  table     duckdb, orders: 3 rows, by its own SQL',
    '  compared  3 columns, by whole rows',
  ]);
  expect(equal.stdout).toContain('  result    equal: no difference was found\n');
});

it('verify: 1 with the keys that differ', async () => {
  await project.query('delete from orders where id = 2');
  await project.query('insert into orders select * from orders where id = 3');
  await project.write('data/later.csv', ORDERS_CSV.replaceAll(/^(\d)/gm, '9$1'));
  const different = await project.run(['verify', 'recipes/orders.yaml', '--keys', 'id']);
  expect(different.code).toBe(1);
  expect(different.stdout).toContain(
    '  newer     3 keys changed at the source since: the next run loads them\n',
  );
  expect(different.stdout).toContain('  result    different: 1 missing, 1 doubled\n');
  expect(different.stdout).toContain('  missing  1 row   0 rows  id=2\n');
  expect(different.stdout).toContain('  doubled  1 row   2 rows  id=3\n');

  const { stdout, code } = await project.run(['verify', 'recipes/orders.yaml', '--json', '--limit', '1']);
  expect(code).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({
    version: 1,
    recipe: 'orders',
    equal: false,
    rows: { source: 6, table: 3 },
    differences: { missing: 1, extra: 0, doubled: 1, changed: 0 },
    keys: [{ source_rows: 1 }],
    newer: 3,
    complete: true,
    left_out: [],
  });
});

it('verify: 2 for a column that there is not, and for wrong usage', async () => {
  const { code, stderr, stdout } = await project.run([
    'verify',
    'recipes/orders.yaml',
    '--ignore',
    'first_nam',
  ]);
  expect(stderr).toContain('--ignore: there is no column "first_nam"\n  did you mean first_name?');
  expect(stdout).toBe('');
  expect(code).toBe(2);
  expect((await project.run(['verify', 'recipes/orders.yaml', '--limit', '0'])).code).toBe(2);
  expect((await project.run(['verify', 'recipes/none.yaml'])).code).toBe(2);
});
