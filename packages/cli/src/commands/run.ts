import { Args, Flags } from '@oclif/core';
import { rangeOf } from '../backfill-range.js';
import { type Action, DatacookCommand, overlayFlag } from '../command.js';

const IF_LOCKED = ['fail', 'wait', 'skip'] as const;
const PROGRESS = ['auto', 'log', 'json', 'none'] as const;

export default class Run extends DatacookCommand {
  static override summary = 'Run recipes: load what is new.';

  static override description =
    `Runs one recipe, several, or all of a folder, one after another. All are checked before the first runs. A run that was stopped or killed is taken up by the next one: what was committed is not loaded again.

The summary goes to stdout; progress, warnings and errors go to stderr. The report of every run is written to .datacook/runs beside the project.

With --from, --to or both it loads a range of the cursor again, beside the normal runs, whose position stays as it is.

Ctrl-C (or SIGTERM) ends a run after it has committed what it can; a second one ends it at once.

Exit codes: 0 if all runs succeeded (or were left out by --if-locked skip), 1 if one failed, 2 if a recipe or the usage is wrong, 130 and 143 after SIGINT and SIGTERM.`;

  static override examples = [
    { description: 'Run one recipe:', command: '<%= config.bin %> run recipes/orders.yaml' },
    { description: 'Run all recipes of a folder:', command: '<%= config.bin %> run recipes' },
    {
      description: 'Run it as production does:',
      command: '<%= config.bin %> run recipes/orders.yaml --overlay env/prod.yaml',
    },
    {
      description: 'Load everything anew, and put it in the place of the table:',
      command: '<%= config.bin %> run recipes/orders.yaml --full-refresh',
    },
    {
      description:
        'From a scheduler that starts it again and again: leave it out while the last one still works:',
      command: '<%= config.bin %> run recipes/orders.yaml --if-locked skip',
    },
    {
      description: 'Events for a program, one JSON object a line:',
      command: '<%= config.bin %> run recipes/orders.yaml --progress json',
    },
  ];

  static override args = {
    recipe: Args.string({ required: true, multiple: true, description: 'Recipe files, or folders of them.' }),
  };

  static override flags = {
    'full-refresh': Flags.boolean({
      description: 'Load everything anew; the table is replaced when all of it is there.',
    }),
    from: Flags.string({
      description: 'Backfill: load rows from this value of the cursor on again; the position stays as it is.',
      helpValue: 'VALUE',
    }),
    to: Flags.string({ description: 'Backfill: up to this value, without it.', helpValue: 'VALUE' }),
    'if-locked': Flags.option({
      options: IF_LOCKED,
      description:
        'What to do if another run is working on the recipe: end with an error that names it, wait until it has ended, or leave this run out and end well.',
    })({ default: 'fail' }),
    overlay: overlayFlag,
    report: Flags.string({
      description: 'Write the run report to this file as well. Takes one recipe.',
      helpValue: 'FILE',
    }),
    progress: Flags.option({
      options: PROGRESS,
      description: 'How to tell what happens: lines on stderr, JSON events on stdout, or not at all.',
    })({ default: 'auto' }),
  };

  protected async prepare(): Promise<Action> {
    const { args, flags } = await this.parse(Run);
    const { run } = await import('../actions/run.js');
    const request = {
      recipes: args.recipe,
      overlays: flags.overlay ?? [],
      fullRefresh: flags['full-refresh'],
      range: rangeOf(flags),
      ifLocked: flags['if-locked'],
      report: flags.report,
      progress: flags.progress,
    };
    return (invocation) => run(request, invocation);
  }
}
