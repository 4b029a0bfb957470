import { spawn } from 'node:child_process';

/**
 * Runs a command and writes one line: what is done, and the seconds it took. If the command fails, what it said is
 * written, and an error thrown.
 */
export async function quietly(title, [program, ...args], { cwd, env, write }) {
  write(`${title} … `);
  const startedMs = performance.now();
  const { code, output } = await collect(program, args, { cwd, env });
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
  if (code === 0) {
    write(`${seconds} s\n`);
    return;
  }
  write(`failed after ${seconds} s\n\n${output}`);
  throw new Error(`${[program, ...args].join(' ')} ended with ${code}`);
}

// A child that a signal ended has no exit code: its signal stands for it.
function collect(program, args, options) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'], shell: isWindows() });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        output += text;
      });
    }
    child.on('error', (error) => reject(new Error(`${program} can't be started: ${error.message}`)));
    child.on('close', (code, signal) => resolve({ code: code ?? signal, output }));
  });
}

// There npx is a script, which only a shell can start.
function isWindows() {
  return process.platform === 'win32';
}
