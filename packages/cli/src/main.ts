import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Interfaces } from '@oclif/core';
import { ExitCode, worst } from './exit-codes.js';
import { describeUnexpected, describeUsage } from './failure.js';
import { Interrupts } from './interrupts.js';
import type { Invocation, Program } from './invocation.js';
import { Output } from './output.js';

/** What oclif carries to the commands for us. */
export interface InvocationOptions extends Interfaces.Options {
  readonly invocation: Invocation;
}

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/**
 * Runs one command line, without `node` and the script's name, and gives back its exit code. Writes to stdout and
 * stderr, and listens to SIGINT and SIGTERM. Never throws.
 */
export async function main(argv: readonly string[], program: Program): Promise<number> {
  const output = new Output(process.stdout, process.stderr, argv.includes('--debug'));
  const unexpected = (error: unknown) => {
    output.error(describeUnexpected(error, output.options));
    process.exit(ExitCode.failed);
  };
  process.on('uncaughtException', unexpected);
  process.on('unhandledRejection', unexpected);
  const onHalt = () => unexpected(new Error('it waits for something that can never come'));
  process.once('beforeExit', onHalt);
  const code = await runCommand(normalize(argv), program, output);
  await output.flush();
  process.removeListener('beforeExit', onHalt);
  return output.isLost ? worst([code, ExitCode.failed]) : code;
}

async function runCommand(argv: string[], program: Program, output: Output): Promise<number> {
  if (argv[0] === '--version' || argv[0] === '-v') {
    output.result(`datacook/${program.version} ${process.platform}-${process.arch} node-${process.version}`);
    return ExitCode.done;
  }
  const listeners = process.stdout.listeners('error');
  const { run, settings } = await import('@oclif/core');
  // What oclif does where stdout can't be written ends the process: `output` knows better.
  for (const listener of process.stdout.listeners('error') as (() => void)[]) {
    if (!listeners.includes(listener)) process.stdout.removeListener('error', listener);
  }
  settings.enableAutoTranspile = false;
  const invocation = { program, output, interrupts: new Interrupts(output) };
  // Oclif's own plug-ins, which it would look for in the user's home, are none of ours.
  const options: InvocationOptions = {
    root: ROOT,
    pjson: pjsonOf(program),
    userPlugins: false,
    devPlugins: false,
    invocation,
  };
  try {
    const code = await run(argv, options);
    return typeof code === 'number' ? code : ExitCode.done;
  } catch (error) {
    const usage = await describeUsage(error, argv);
    if (usage === undefined) {
      output.error(describeUnexpected(error, output.options));
      return ExitCode.failed;
    }
    output.error(usage);
    return ExitCode.wrong;
  }
}

// `datacook help run` is what many type first.
function normalize(argv: readonly string[]): string[] {
  return argv[0] === 'help' ? [...argv.slice(1), '--help'] : [...argv];
}

// Help and version speak of the program, not of this package.
function pjsonOf(program: Program): Interfaces.PJSON {
  const own = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8')) as Interfaces.PJSON;
  return { ...own, name: 'datacook', version: program.version };
}
