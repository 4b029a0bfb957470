import { spawn } from 'node:child_process';
import { environment, root } from './workspace.mjs';

/**
 * Runs one stage, its output shown as it comes, and prints a line with its name and seconds when it ends. Returns its
 * exit code; 1 if a signal ended it.
 */
export async function runStage(name, [program, ...args], env = {}) {
  process.stdout.write(`\n── ${name}\n`);
  const startedMs = performance.now();
  const code = await exitCode(program, args, env);
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
  process.stdout.write(`── ${name}: ${code === 0 ? 'ok' : `failed (exit ${code})`}, ${seconds} s\n`);
  return code;
}

/** Runs stages until one fails. Returns its exit code, or 0. */
export async function runStages(stages) {
  for (const [name, command, env] of stages) {
    const code = await runStage(name, command, env);
    if (code !== 0) return code;
  }
  return 0;
}

function exitCode(program, args, env) {
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd: root,
      env: { ...environment, ...env },
      stdio: ['ignore', 'inherit', 'inherit'],
      // npx and what lies in node_modules/.bin are scripts there, which only a shell can start.
      shell: process.platform === 'win32',
    });
    child.on('error', (error) => {
      process.stderr.write(`${program} can't be started: ${error.message}\n`);
      resolve(1);
    });
    child.on('close', (code) => resolve(code ?? 1));
  });
}
