import { Args, Flags } from '@oclif/core';
import { rangeOf } from '../../backfill-range.js';
import { type Action, DatacookCommand, overlayFlag, yesFlag } from '../../command.js';

export default class StateUnlock extends DatacookCommand {
  static override summary = 'Break the lease of a run that has gone.';

  static override description =
    `A run holds a lease, so that no other works on its recipe. The lease of a process that died on this host is taken over at once, any other when its time is over (state.lease): this command is for who can't wait for that.

Names whose lease it is, and asks first. Refused if its holder is alive on this host, unless --force is given. A run that works on all the same ends by itself, and doubles nothing: the destination takes no commit of a run that was overtaken.

Exit codes: 0, also if nobody holds it; 1 if it was not done; 2 if the recipe or the usage is wrong.`;

  static override examples = [
    { description: 'Break it:', command: '<%= config.bin %> state unlock recipes/orders.yaml' },
    {
      description: 'In a script:',
      command: '<%= config.bin %> state unlock recipes/orders.yaml --yes --json',
    },
  ];

  static override args = {
    recipe: Args.string({ required: true, description: 'A recipe file.' }),
  };

  static override flags = {
    from: Flags.string({ description: 'The lease of the backfill with this --from.', helpValue: 'VALUE' }),
    to: Flags.string({ description: 'The lease of the backfill with this --to.', helpValue: 'VALUE' }),
    force: Flags.boolean({
      description: 'Break it also if its holder is alive on this host, or if it cannot be read.',
    }),
    yes: yesFlag,
    json: Flags.boolean({ description: 'Write one JSON document.' }),
    overlay: overlayFlag,
  };

  protected async prepare(): Promise<Action> {
    const { args, flags } = await this.parse(StateUnlock);
    const { unlockState } = await import('../../actions/unlock-state.js');
    const request = {
      recipe: args.recipe,
      overlays: flags.overlay ?? [],
      range: rangeOf(flags),
      force: flags.force,
      yes: flags.yes,
      json: flags.json,
    };
    return (invocation) => unlockState(request, invocation);
  }
}
