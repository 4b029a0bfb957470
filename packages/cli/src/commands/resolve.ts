import { Args, Flags } from '@oclif/core';
import { type Action, DatacookCommand, overlayFlag } from '../command.js';

const FORMATS = ['yaml', 'json'] as const;

export default class Resolve extends DatacookCommand {
  static override summary = 'Show the effective recipe.';

  static override description =
    `Writes the recipe as it is after inheritance, overlays, macros and templates: without extends, delete, macros and use. Secrets are masked. Works on any recipe, as far as it can be read.

Exit codes: 0, or 2 if something is wrong with the recipe.`;

  static override examples = [
    { description: 'Show the effective recipe:', command: '<%= config.bin %> resolve recipes/orders.yaml' },
    {
      description: 'Show where each value comes from:',
      command: '<%= config.bin %> resolve recipes/orders.yaml --origin',
    },
    {
      description: 'With values of the environment filled in:',
      command: '<%= config.bin %> resolve recipes/orders.yaml --expand --overlay env/prod.yaml',
    },
  ];

  static override args = {
    recipe: Args.string({ required: true, description: 'A recipe file.' }),
  };

  static override flags = {
    origin: Flags.boolean({ description: 'Say for each value which file and line it comes from.' }),
    expand: Flags.boolean({ description: 'Fill in values of the environment.' }),
    format: Flags.option({ options: FORMATS, description: 'The form to write.' })({ default: 'yaml' }),
    overlay: overlayFlag,
  };

  protected async prepare(): Promise<Action> {
    const { args, flags } = await this.parse(Resolve);
    const { resolve } = await import('../actions/resolve.js');
    const { origin, expand, format } = flags;
    return (invocation) =>
      resolve({ recipe: args.recipe, overlays: flags.overlay ?? [], origin, expand, format }, invocation);
  }
}
