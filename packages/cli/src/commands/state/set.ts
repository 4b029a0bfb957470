import { Args, Flags } from '@oclif/core';
import { type Action, DatacookCommand, overlayFlag, yesFlag } from '../../command.js';

export default class StateSet extends DatacookCommand {
  static override summary = 'Say where the next run of a recipe reads on.';

  static override description =
    `Sets the position, in the destination's own record too, and gives up the load under way. A position is JSON that the source itself makes and understands: take the one that show-state RECIPE --json shows, and change what is to change. The source is asked whether it can read on from there.

Rows before the position are not loaded any more; rows after it are loaded, be they in the table already or not: append adds them once more, merge puts them in the place of those with the same keys.

Asks first. What the state was is kept as a backup; --backup undoes the last change, word for word, while nothing was loaded since. Refused while a run of the recipe is under way.

Exit codes: 0, 1 if it was not done, 2 if the recipe or the usage is wrong.`;

  static override examples = [
    {
      description: 'Set a position:',
      command: `<%= config.bin %> state set recipes/orders.yaml '{"value": "2026-01-01"}'`,
    },
    {
      description: 'From a file, in a script:',
      command: '<%= config.bin %> state set recipes/orders.yaml --file position.json --yes',
    },
    {
      description: 'Undo the last change:',
      command: '<%= config.bin %> state set recipes/orders.yaml --backup 20260102T030405678Z-0a1b2c3d',
    },
  ];

  static override args = {
    recipe: Args.string({ required: true, description: 'A recipe file.' }),
    position: Args.string({ description: 'The position, as JSON.' }),
  };

  static override flags = {
    file: Flags.string({ description: 'Read the position from this file.', helpValue: 'FILE' }),
    backup: Flags.string({
      description: 'Undo the change that has kept this backup.',
      helpValue: 'ID',
      exclusive: ['file'],
    }),
    check: Flags.boolean({
      description: 'Ask the source whether it can read on from there.',
      default: true,
      allowNo: true,
    }),
    yes: yesFlag,
    json: Flags.boolean({ description: 'Write one JSON document.' }),
    overlay: overlayFlag,
  };

  protected async prepare(): Promise<Action> {
    const { args, flags } = await this.parse(StateSet);
    const given = [args.position, flags.file, flags.backup].filter((one) => one !== undefined);
    if (given.length !== 1)
      this.error('give the position as JSON, --file, or --backup: one of them', { exit: 2 });
    const { changeState, positionOf } = await import('../../actions/change-state.js');
    const request = {
      command: 'state set',
      recipe: args.recipe,
      overlays: flags.overlay ?? [],
      change: async () =>
        flags.backup === undefined
          ? {
              action: 'set' as const,
              position: await positionOf(args.position, flags.file),
              check: flags.check,
            }
          : { action: 'restore' as const, backup: flags.backup },
      yes: flags.yes,
      json: flags.json,
    };
    return (invocation) => changeState(request, invocation);
  }
}
