import { readFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ORDERS, ORDERS_CSV, oddRecipe, TestProject } from './project.js';

let project: TestProject;

beforeEach(async () => {
  project = await TestProject.make();
  await project.write('recipes/orders.yaml', ORDERS);
  await project.write('data/orders.csv', ORDERS_CSV);
});

afterEach(() => project.remove());

const RECIPE = 'recipes/orders.yaml';

async function rowsThere(): Promise<number> {
  const [[count]] = (await project.query('select count(*) from orders')) as [[string]];
  return Number(count);
}

async function stateNow(): Promise<{ readonly streams: readonly { readonly position: unknown }[] }> {
  const { stdout } = await project.run(['show-state', RECIPE, '--json']);
  return JSON.parse(stdout) as never;
}

describe('state reset', () => {
  it('says what it has done, and what the next run does, which it then does', async () => {
    await project.run(['run', RECIPE]);
    const before = await rowsThere();
    const reset = await project.run(['state', 'reset', RECIPE, '--yes']);
    expect(reset).toMatchObject({ code: 0, stderr: '' });
    expect(reset.stdout).toMatch(
      /^orders: state was reset\n {2}stream +\S+\n {2}position was +\{.*\}\n {2}position is +none\n/,
    );
    expect(reset.stdout).toContain('loads everything again, and adds it');
    const id = /^ {2}backup +(\S+)$/m.exec(reset.stdout)?.[1];
    const shown = await project.run(['show-state', RECIPE]);
    expect(shown.stdout).toContain(`the state was reset (backup ${id})`);
    expect((await project.run(['run', RECIPE])).code).toBe(0);
    expect(await rowsThere()).toBe(2 * before);
  });

  it('can be undone', async () => {
    await project.run(['run', RECIPE]);
    const before = await rowsThere();
    const { stdout } = await project.run(['state', 'reset', RECIPE, '--yes', '--json']);
    const report = JSON.parse(stdout) as { readonly backup: string };
    expect(report).toMatchObject({ version: 1, action: 'reset', changed: true, range: null, given_up: null });
    const undone = await project.run(['state', 'set', RECIPE, '--backup', report.backup, '-y']);
    expect(undone.stdout).toMatch(/^orders: state was restored\n/);
    await project.run(['run', RECIPE]);
    expect(await rowsThere()).toBe(before);
  });

  it('asks, and where it has nobody to ask does nothing', async () => {
    await project.run(['run', RECIPE]);
    for (const command of ['reset', 'unlock']) {
      const { code, stdout, stderr } = await project.run(['state', command, RECIPE]);
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toBe(
        `error: state ${command} asks before it changes anything, and this is no terminal\n  give --yes to have it done unasked\n`,
      );
    }
    expect((await stateNow()).streams[0]?.position).not.toBeNull();
  });

  it('is refused for a recipe that is wrong, and for a backfill that can not be', async () => {
    await project.write('recipes/wrong.yaml', ORDERS.replace('type: file', 'type: fle'));
    const wrong = await project.run(['state', 'reset', 'recipes/wrong.yaml', '--yes']);
    expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining('unknown source type "fle"') });
    const range = await project.run(['state', 'reset', RECIPE, '--from', '1', '--yes']);
    expect(range).toMatchObject({ code: 2, stderr: expect.stringContaining('needs a cursor') });
  });
});

describe('state set', () => {
  it('takes what show-state shows, as text or in a file', async () => {
    await project.run(['run', RECIPE]);
    const { position } = (await stateNow()).streams[0]!;
    await project.write('position.json', JSON.stringify(position));
    for (const given of [[JSON.stringify(position)], ['--file', 'position.json']]) {
      await project.run(['state', 'reset', RECIPE, '--yes']);
      const set = await project.run(['state', 'set', RECIPE, ...given, '--yes']);
      expect(set).toMatchObject({ code: 0, stdout: expect.stringMatching(/^orders: state was set\n/) });
      expect((await stateNow()).streams[0]?.position).toEqual(position);
    }
    const before = await rowsThere();
    await project.run(['run', RECIPE]);
    expect(await rowsThere()).toBe(before);
  });

  it.each([
    [['{'], 2, 'the position is no JSON'],
    [['null'], 2, 'the position is null'],
    [['{"value": 12345678901234567890}'], 2, "JSON can't hold exactly"],
    [['--file', 'nowhere.json'], 2, "the file nowhere.json can't be read"],
    [[], 2, 'give the position as JSON, --file, or --backup: one of them\n  datacook state set --help'],
    [['1', '--file', 'x'], 2, 'one of them'],
    [['--backup', 'x'], 1, 'there is no backup x'],
  ])('refuses %j', async (given, code, text) => {
    const refused = await project.run(['state', 'set', RECIPE, ...given, '--yes']);
    expect(refused).toMatchObject({ code, stdout: '', stderr: expect.stringContaining(text) });
  });

  it('refuses what the source can not read on from, unless it is not asked', async () => {
    await project.run(['run', RECIPE]);
    const before = await stateNow();
    const refused = await project.run(['state', 'set', RECIPE, '"nonsense"', '--yes']);
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('the present one is {') });
    expect((await stateNow()).streams).toEqual(before.streams);
    expect((await project.run(['state', 'set', RECIPE, '"nonsense"', '--yes', '--no-check'])).code).toBe(0);
    expect((await stateNow()).streams[0]?.position).toBe('nonsense');
  });
});

describe('a recipe that another run works on', () => {
  it('is left out, waited for, or refused, and its lease is broken only with force', async () => {
    await project.write('recipes/odd.yaml', oddRecipe('stuck', '{ grace_seconds: 0 }'));
    const running = project.start(['run', 'recipes/odd.yaml']);
    await running.said('begins load');
    const who = `process ${running.process.pid}`;

    const failed = await project.run(['run', 'recipes/odd.yaml']);
    expect(failed).toMatchObject({ code: 1, stderr: expect.stringContaining(who) });
    const skipped = await project.run([
      'run',
      'recipes/odd.yaml',
      '--if-locked',
      'skip',
      '--report',
      'r.json',
    ]);
    expect(skipped).toMatchObject({ code: 0, stdout: expect.stringMatching(/^odd skipped in /) });
    expect(skipped.stdout).toContain(who);
    expect(JSON.parse(await readFile(project.path('r.json'), 'utf8'))).toMatchObject({
      status: 'skipped',
      exit_code: 0,
      locked_by: { pid: running.process.pid },
    });
    const events = await project.run([
      'run',
      'recipes/odd.yaml',
      '--if-locked',
      'skip',
      '--progress',
      'json',
    ]);
    const lines = events.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as object);
    expect(lines.at(-2)).toMatchObject({
      type: 'locked',
      if_locked: 'skip',
      locked_by: { pid: running.process.pid },
    });
    expect(lines.at(-1)).toMatchObject({ type: 'end', report: { status: 'skipped', exit_code: 0 } });

    for (const command of ['reset', 'unlock']) {
      const refused = await project.run(['state', command, 'recipes/odd.yaml', '--yes']);
      expect(refused).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining(who) });
    }
    const waiting = project.start(['run', 'recipes/odd.yaml', '--if-locked', 'wait']);
    await waiting.said('waiting until it has ended');
    waiting.process.kill('SIGINT');
    expect(await waiting.ended).toMatchObject({ code: 130, stdout: expect.stringMatching(/^odd cancelled/) });

    const broken = await project.run(['state', 'unlock', 'recipes/odd.yaml', '--yes', '--force']);
    expect(broken).toMatchObject({ code: 0, stdout: expect.stringMatching(/^odd: the lease was broken\n/) });
    const nobody = await project.run(['state', 'unlock', 'recipes/odd.yaml', '--yes', '--json']);
    expect(JSON.parse(nobody.stdout)).toMatchObject({ version: 1, unlocked: false, holder: null });
    running.process.kill('SIGTERM');
    expect((await running.ended).code).toBe(143);
  });

  it('is taken over at once when that run was killed', async () => {
    await project.write('recipes/odd.yaml', oddRecipe('stuck', '{ grace_seconds: 0 }'));
    const running = project.start(['run', 'recipes/odd.yaml']);
    await running.said('begins load');
    const waiting = project.start(['run', 'recipes/odd.yaml', '--if-locked', 'wait']);
    await waiting.said('waiting until it has ended');
    running.process.kill('SIGKILL');
    await waiting.said('begins load');
    waiting.process.kill('SIGTERM');
    await Promise.all([running.ended, waiting.ended]);
  });
});

describe('help', () => {
  it('knows the commands of the topic', async () => {
    const { stdout, code } = await project.run(['state', '--help']);
    expect(code).toBe(0);
    for (const name of ['state reset', 'state set', 'state unlock']) expect(stdout).toContain(name);
    const mistyped = await project.run(['state', 'rest', RECIPE]);
    expect(mistyped).toMatchObject({ code: 2, stderr: expect.stringContaining('did you mean state reset?') });
  });
});
