import { Args, Flags } from '@oclif/core';
import { type Action, DatacookCommand, overlayFlag } from '../command.js';

export default class ShowState extends DatacookCommand {
  static override summary = 'Show how far a recipe has come, and its recent runs.';

  static override description =
    `Shows the position, the load under way and its partitions, the last commit, who holds the lease, and the recent runs. Contacts the state backend alone.

Exit codes: 0, 1 if the state can't be read, 2 if the recipe is wrong.`;

  static override examples = [
    {
      description: 'Show the state of a recipe:',
      command: '<%= config.bin %> show-state recipes/orders.yaml',
    },
    {
      description: 'As a JSON document:',
      command: '<%= config.bin %> show-state recipes/orders.yaml --json',
    },
  ];

  static override args = {
    recipe: Args.string({ required: true, description: 'A recipe file.' }),
  };

  static override flags = {
    json: Flags.boolean({ description: 'Write one JSON document.' }),
    overlay: overlayFlag,
  };

  protected async prepare(): Promise<Action> {
    const { args, flags } = await this.parse(ShowState);
    const { showState } = await import('../actions/show-state.js');
    return (invocation) =>
      showState({ recipe: args.recipe, overlays: flags.overlay ?? [], json: flags.json }, invocation);
  }
}
