import { Args, Flags } from '@oclif/core';
import { rangeOf } from '../../backfill-range.js';
import { type Action, DatacookCommand, overlayFlag, yesFlag } from '../../command.js';

export default class StateReset extends DatacookCommand {
  static override summary = 'Forget how far a recipe has come: the next run loads everything.';

  static override description =
    `Forgets the position, in the destination's own record too, and the load under way. The rows stay where they are.

The next run loads everything again. Under write_mode merge and replace nothing is doubled by that; append adds all rows once more: empty the table first, or run with --full-refresh instead.

Asks first. What the state was is kept as a backup: state set RECIPE --backup ID undoes the change while nothing was loaded since. Refused while a run of the recipe is under way.

Exit codes: 0, 1 if it was not done, 2 if the recipe or the usage is wrong.`;

  static override examples = [
    { description: 'Forget the position:', command: '<%= config.bin %> state reset recipes/orders.yaml' },
    {
      description: 'In a script:',
      command: '<%= config.bin %> state reset recipes/orders.yaml --yes --json',
    },
    {
      description: 'Let a backfill be done again:',
      command: '<%= config.bin %> state reset recipes/orders.yaml --from 2026-01-01 --to 2026-02-01',
    },
  ];

  static override args = {
    recipe: Args.string({ required: true, description: 'A recipe file.' }),
  };

  static override flags = {
    from: Flags.string({ description: 'The state of the backfill with this --from.', helpValue: 'VALUE' }),
    to: Flags.string({ description: 'The state of the backfill with this --to.', helpValue: 'VALUE' }),
    yes: yesFlag,
    json: Flags.boolean({ description: 'Write one JSON document.' }),
    overlay: overlayFlag,
  };

  protected async prepare(): Promise<Action> {
    const { args, flags } = await this.parse(StateReset);
    const { changeState } = await import('../../actions/change-state.js');
    const range = rangeOf(flags);
    const request = {
      command: 'state reset',
      recipe: args.recipe,
      overlays: flags.overlay ?? [],
      change: () => ({ action: 'reset' as const, ...(range ? { range } : {}) }),
      yes: flags.yes,
      json: flags.json,
    };
    return (invocation) => changeState(request, invocation);
  }
}
