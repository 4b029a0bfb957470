import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, cpSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, test } from 'vitest';
import { LocalStateBackend } from '../src/local-state-backend.js';
import { childOutput, childPath, startChild } from './children/index.js';
import { temporaryFolder } from './folder.js';

const KEY = 'orders';

// Hundreds of processes are started: minutes, on a busy machine.
describe('LocalStateBackend among processes', { timeout: 300_000 }, () => {
  test('loses none of 1,000 increments by 8 processes', async () => {
    const path = temporaryFolder();
    const children = Array.from({ length: 8 }, () => childOutput(startChild('increment', path, KEY, '125')));
    for (const { code } of await Promise.all(children)) expect(code).toBe(0);
    const record = await new LocalStateBackend(path).load(KEY);
    expect(record?.value).toBe(1_000);
    expect(record?.version).toMatch(/^1000-/);
    expect(readdirSync(path).sort()).toEqual(['orders.json', 'orders.json.previous']);
  });

  test('has a whole record, the last one that was durable or the one after it, whenever a saver is killed', async () => {
    const path = temporaryFolder();
    const random = seededRandom(8);
    let durable = 0;
    for (let round = 0; round < 25; round++) {
      const child = startChild('save-forever', path, KEY);
      const lines = createInterface({ input: child.stdout! });
      const killAt = durable + 1 + Math.floor(random() * 4);
      const delayMs = random() * 6;
      lines.on('line', (line) => {
        durable = Number(line);
        if (durable === killAt) setTimeout(() => child.kill('SIGKILL'), delayMs);
      });
      await once(child, 'close');
      const record = await new LocalStateBackend(path).load(KEY);
      const { number, text } = record!.value as { number: number; text: string };
      expect([durable, durable + 1]).toContain(number);
      expect(text).toBe(`${number};`.repeat(20_000));
      durable = number;
    }
  });

  test.each([
    ['save', 'old', 'new'],
    ['delete', 'old', undefined],
  ])(
    'is before or after a %s that is killed at any of its steps, and the next one succeeds',
    async (action, before, after) => {
      const template = temporaryFolder();
      const backend = new LocalStateBackend(template);
      await backend.save(KEY, 'old', await backend.save(KEY, 'older', undefined));
      const seen = new Set<unknown>();
      let steps = 0;

      /** Whether it was killed at that step; false: there are fewer. */
      async function isKilledAt(step: number): Promise<boolean> {
        const path = temporaryFolder();
        cpSync(template, path, { recursive: true });
        const child = await childOutput(startChild('killed-at', path, KEY, action, String(step)));
        const isKilled = child.output !== 'done\n';
        if (isKilled) expect(child.signal).toBe('SIGKILL');
        const survivor = new LocalStateBackend(path);
        const record = await survivor.load(KEY);
        expect([before, after]).toContain(record?.value);
        seen.add(record?.value);
        // At once, though the dead one may have left its lock.
        const again = await survivor.save(KEY, 'again', record?.version);
        await survivor.save(KEY, 'and again', again);
        expect((await survivor.load(KEY))?.value).toBe('and again');
        const left = readdirSync(path).filter((name) => !name.startsWith('orders.json'));
        // A draft of one who never came to hold the lock: swept when it is a day old.
        expect(left.filter((name) => !name.endsWith('.lock.tmp'))).toEqual([]);
        expect(left.length).toBeLessThanOrEqual(1);
        return isKilled;
      }

      for (let finished = false; !finished; steps += 8) {
        const killed = await Promise.all(
          Array.from({ length: 8 }, (_, index) => isKilledAt(steps + index + 1)),
        );
        finished = killed.includes(false);
      }
      expect(seen).toEqual(new Set([before, after]));
      expect(steps).toBeGreaterThan(15);
    },
  );

  test('says so where the disk takes no more, and leaves the old record and no draft', async () => {
    const path = temporaryFolder();
    const backend = new LocalStateBackend(path);
    const version = await backend.save(KEY, 'old', undefined);
    const script = `trap '' XFSZ; ulimit -f 16; exec "$@"`;
    const child = spawn('bash', ['-c', script, 'bash', process.execPath, childPath('refused'), path], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const error = JSON.parse((await childOutput(child)).output) as { code: string; message: string };
    expect(error).toMatchObject({
      code: 'CONNECTION',
      message: expect.stringMatching(
        /^cannot write the state in .*orders\..*: the file size limit is exceeded$/,
      ),
      details: { system_code: 'EFBIG' },
    });
    expect(error.message).toContain(path);
    expect(readdirSync(path)).toEqual(['orders.json']);
    expect(await backend.load(KEY)).toEqual({ value: 'old', version });
  });

  test('says so where the folder is not to be written', async () => {
    const path = join(temporaryFolder(), 'state');
    mkdirSync(path);
    chmodSync(join(path, '..'), 0o755);
    chmodSync(path, 0o555);
    const { output } = await childOutput(startChild('refused', path, 'other-user'));
    chmodSync(path, 0o755);
    expect(JSON.parse(output)).toMatchObject({
      code: 'CONNECTION',
      message: expect.stringMatching(/^cannot write the state in .*: permission denied$/),
      hint: expect.stringContaining('state.path'),
    });
    expect(readdirSync(path)).toEqual([]);
    const below = join(path, 'below');
    chmodSync(path, 0o555);
    const made = await childOutput(startChild('refused', below, 'other-user'));
    chmodSync(path, 0o755);
    expect(JSON.parse(made.output)).toMatchObject({
      code: 'CONNECTION',
      message: `cannot make the folder for the state in ${below}: permission denied`,
    });
    expect(() => statSync(below)).toThrow();
  });
});

/** Mulberry32: the same numbers for the same seed. */
function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
