import { Args, Flags } from '@oclif/core';
import { rangeOf } from '../backfill-range.js';
import { type Action, DatacookCommand, overlayFlag } from '../command.js';

export default class Plan extends DatacookCommand {
  static override summary = 'Show what a run would do, and change nothing.';

  static override description =
    `Shows what would be read, which columns come in and go out, what would be done to the table, the guarantee and why it holds, and where the last run ended. Source, destination and state are contacted, unless --offline is given.

Exit codes: 0 if a run could begin, 1 if a system stands in the way, 2 if the recipe is wrong.`;

  static override examples = [
    { description: 'Plan a run:', command: '<%= config.bin %> plan recipes/orders.yaml' },
    { description: 'Contact no system:', command: '<%= config.bin %> plan recipes/orders.yaml --offline' },
  ];

  static override args = {
    recipe: Args.string({ required: true, description: 'A recipe file.' }),
  };

  static override flags = {
    'full-refresh': Flags.boolean({ description: 'Plan a run with --full-refresh.' }),
    from: Flags.string({
      description: 'Backfill: load rows from this value of the cursor on again; the position stays as it is.',
      helpValue: 'VALUE',
    }),
    to: Flags.string({ description: 'Backfill: up to this value, without it.', helpValue: 'VALUE' }),
    offline: Flags.boolean({ description: 'Contact no system: show what the recipe itself says.' }),
    overlay: overlayFlag,
  };

  protected async prepare(): Promise<Action> {
    const { args, flags } = await this.parse(Plan);
    const { plan } = await import('../actions/plan.js');
    const request = {
      recipe: args.recipe,
      overlays: flags.overlay ?? [],
      offline: flags.offline,
      fullRefresh: flags['full-refresh'],
      range: rangeOf(flags),
    };
    return (invocation) => plan(request, invocation);
  }
}
