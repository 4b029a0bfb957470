import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';

const PACKAGE = fileURLToPath(new URL('../..', import.meta.url));
const PROGRAM = `
  import { SqlStateBackend } from './dist/index.js';
  const error = await new SqlStateBackend('postgres://h/db').load('orders').catch((reason) => reason);
  console.log(JSON.stringify({ code: error.code, message: error.message, hint: error.hint }));
`;

test('a driver that is not installed is named, with the line that installs it', () => {
  const folder = mkdtempSync(join(tmpdir(), 'datacook-state-sql-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const name of ['dist', 'package.json']) {
    cpSync(join(PACKAGE, name), join(folder, name), { recursive: true });
  }
  mkdirSync(join(folder, 'node_modules', '@datacook'), { recursive: true });
  for (const name of ['@datacook/core', '@datacook/toolkit']) {
    symlinkSync(realpathSync(join(PACKAGE, 'node_modules', name)), join(folder, 'node_modules', name));
  }
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', PROGRAM], {
    cwd: folder,
    encoding: 'utf8',
  });
  expect(stderr).toBe('');
  expect(JSON.parse(stdout)).toEqual({
    code: 'CONFIG',
    message: 'State in Postgres needs the package pg, which is not installed',
    hint: 'Run: npm install pg',
  });
});
