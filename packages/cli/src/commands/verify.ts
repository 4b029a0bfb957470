import { Args, Flags } from '@oclif/core';
import { type Action, DatacookCommand, overlayFlag } from '../command.js';

export default class Verify extends DatacookCommand {
  static override summary =
    'Compare what the source has with what the table has, and name the keys that differ.';

  static override description =
    `Compares the source's rows, as they leave the recipe's steps, with the rows of the table, by their contents. Each system sums up its rows by its own SQL; where the source has none, as for files, or the steps change values, the rows are read. Keys are missing, extra, doubled or changed. Rows that the source has got since the last load are told apart from those where an incremental recipe says what they are, and count as different elsewhere. Nothing is written.

Exit codes: 0 if no difference was found, 1 if one was, or a system stands in the way, 2 if the recipe or the usage is wrong.`;

  static override examples = [
    { description: 'Compare:', command: '<%= config.bin %> verify recipes/orders.yaml' },
    {
      description: 'Files have no key: say what tells their rows apart:',
      command: '<%= config.bin %> verify recipes/orders.yaml --keys order_id,line',
    },
    {
      description: 'Leave a column out, and write one JSON document:',
      command: '<%= config.bin %> verify recipes/orders.yaml --ignore updated_by --json',
    },
  ];

  static override args = {
    recipe: Args.string({ required: true, description: 'A recipe file.' }),
  };

  static override flags = {
    keys: Flags.string({
      description:
        'What tells rows apart, as the table calls it. Default: the merge keys, else the primary key, else the whole row.',
      helpValue: 'COLUMNS',
      multiple: true,
      multipleNonGreedy: true,
      delimiter: ',',
    }),
    ignore: Flags.string({
      description: 'Do not compare these columns. Can be given several times.',
      helpValue: 'COLUMNS',
      multiple: true,
      multipleNonGreedy: true,
      delimiter: ',',
    }),
    limit: Flags.integer({
      description: 'How many keys are named, at most.',
      default: 20,
      min: 1,
      helpValue: 'KEYS',
    }),
    json: Flags.boolean({ description: 'Write one JSON document.' }),
    overlay: overlayFlag,
  };

  protected async prepare(): Promise<Action> {
    const { args, flags } = await this.parse(Verify);
    const { verify } = await import('../actions/verify.js');
    const request = {
      recipe: args.recipe,
      overlays: flags.overlay ?? [],
      ...(flags.keys ? { keys: flags.keys } : {}),
      ignore: flags.ignore ?? [],
      limit: flags.limit,
      json: flags.json,
    };
    return (invocation) => verify(request, invocation);
  }
}
