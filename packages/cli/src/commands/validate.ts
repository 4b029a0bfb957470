import { Args, Flags } from '@oclif/core';
import { type Action, DatacookCommand, overlayFlag } from '../command.js';

export default class Validate extends DatacookCommand {
  static override summary = 'Check recipes without contacting any system.';

  static override description =
    `Everything that can be known without touching data or needing a secret: syntax, inheritance, types, plug-ins and what they offer. All findings are shown at once, each with file, line and column.

Exit codes: 0 if nothing is wrong (warnings are not wrong), 2 if something is.`;

  static override examples = [
    { description: 'Check one recipe:', command: '<%= config.bin %> validate recipes/orders.yaml' },
    { description: 'Check all recipes of a folder:', command: '<%= config.bin %> validate recipes' },
    {
      description: 'Check a recipe with an overlay:',
      command: '<%= config.bin %> validate recipes/orders.yaml --overlay env/prod.yaml',
    },
  ];

  static override args = {
    recipe: Args.string({ required: true, multiple: true, description: 'Recipe files, or folders of them.' }),
  };

  static override flags = {
    overlay: overlayFlag,
    json: Flags.boolean({ description: 'Write the findings as one JSON document.' }),
  };

  protected async prepare(): Promise<Action> {
    const { args, flags } = await this.parse(Validate);
    const { validate } = await import('../actions/validate.js');
    return (invocation) =>
      validate({ recipes: args.recipe, overlays: flags.overlay ?? [], json: flags.json }, invocation);
  }
}
