import { Command, Flags } from '@oclif/core';
import { ExitCode } from './exit-codes.js';
import { describeUnexpected } from './failure.js';
import type { Invocation } from './invocation.js';
import type { InvocationOptions } from './main.js';

/** What a command does once its flags are read. Gives back the exit code. */
export type Action = (invocation: Invocation) => Promise<number>;

/** What all commands share: `run` gives back the exit code. What takes time to load is loaded by `prepare`. */
export abstract class DatacookCommand extends Command {
  static override baseFlags = {
    debug: Flags.boolean({
      description: 'Show debug lines, and stack traces of errors.',
      helpGroup: 'GLOBAL',
    }),
  };

  override async run(): Promise<number> {
    const { invocation } = this.config.options as InvocationOptions;
    const action = await this.prepare();
    try {
      return await action(invocation);
    } catch (error) {
      invocation.output.error(describeUnexpected(error, invocation.output.options));
      return ExitCode.failed;
    }
  }

  /** Reads the flags, and says what is to be done. Throws oclif's errors for wrong usage. */
  protected abstract prepare(): Promise<Action>;
}

/** `--overlay`, of all commands that read recipes. */
export const overlayFlag = Flags.string({
  description:
    'Lay a fragment over the recipe as its last child, as env/prod.yaml. Can be given several times.',
  helpValue: 'FILE',
  multiple: true,
  multipleNonGreedy: true,
});

/** `--yes`, of the commands that ask before they change something. */
export const yesFlag = Flags.boolean({ char: 'y', description: 'Do it unasked, as in a script.' });
