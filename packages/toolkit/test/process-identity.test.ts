import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  isProcessAlive,
  type ProcessIdentity,
  parseProcessStat,
  processIdentity,
} from '../src/process-identity.js';

function sleeper(): ChildProcess {
  return spawn(process.execPath, ['-e', 'process.stdin.resume(); console.log("up")'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
}

describe('parseProcessStat', () => {
  test('reads the state and the start after a command with blanks and parentheses', () => {
    const line = `42 (a) S (b c) R 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 138582 20 21\n`;
    expect(parseProcessStat(line)).toEqual({ state: 'R', started: '138582' });
  });

  test('reads nothing out of a line that is none', () => {
    expect(parseProcessStat('')).toEqual({ state: '', started: '' });
  });
});

describe('isProcessAlive', () => {
  test('knows its own process, also after a journey through JSON', () => {
    const identity = JSON.parse(JSON.stringify(processIdentity())) as ProcessIdentity;
    expect(identity.pid).toBe(process.pid);
    expect(isProcessAlive(identity)).toBe(true);
  });

  test('knows another process while it runs, and that it has died', async () => {
    const child = sleeper();
    await once(child.stdout!, 'data');
    const identity = { ...processIdentity(), pid: child.pid!, started: null };
    expect(isProcessAlive(identity)).toBe(true);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(isProcessAlive(identity)).toBe(false);
  });

  test.runIf(process.platform === 'linux')('tells a process from a later one with its number', () => {
    expect(isProcessAlive({ ...processIdentity(), started: '1' })).toBe(false);
  });

  test.runIf(process.platform === 'linux')('counts a body that nobody has buried as dead', async () => {
    // The shell's own child kills itself once the shell has become a program that never waits for it.
    const script = 'exec 3<&0; sh -c "read line <&3; kill -9 \\$\\$" & echo $!; exec sleep 60';
    const parent = spawn('sh', ['-c', script], { stdio: ['pipe', 'pipe', 'inherit'] });
    try {
      const [text] = (await once(parent.stdout!, 'data')) as [Buffer];
      const identity = { ...processIdentity(), pid: Number(text.toString()), started: null };
      const program = () => readFileSync(`/proc/${parent.pid}/comm`, 'utf8').trim();
      await expect.poll(program, { timeout: 10_000 }).toBe('sleep');
      expect(isProcessAlive(identity)).toBe(true);
      parent.stdin!.write('\n');
      await expect.poll(() => isProcessAlive(identity), { timeout: 10_000 }).toBe(false);
      expect(() => process.kill(identity.pid, 0)).not.toThrow();
    } finally {
      parent.kill('SIGKILL');
    }
  });

  test('knows nothing of another host', () => {
    expect(isProcessAlive({ ...processIdentity(), host: 'elsewhere' })).toBeUndefined();
  });

  test.runIf(process.platform === 'linux')('counts a process of an earlier boot as dead', () => {
    expect(isProcessAlive({ ...processIdentity(), boot: 'earlier' })).toBe(false);
    expect(isProcessAlive({ ...processIdentity(), boot: null })).toBeUndefined();
  });

  test('knows nothing of another container', () => {
    expect(isProcessAlive({ ...processIdentity(), namespace: 'pid:[1]' })).toBeUndefined();
  });

  test('never signals a process group', () => {
    expect(isProcessAlive({ ...processIdentity(), pid: 0 })).toBeUndefined();
    expect(isProcessAlive({ ...processIdentity(), pid: -1 })).toBeUndefined();
    expect(isProcessAlive({ ...processIdentity(), pid: 1.5 })).toBeUndefined();
  });
});
