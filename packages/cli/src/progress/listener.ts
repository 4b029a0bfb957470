import type { RunEvent, RunReport } from '@datacook/engine';
import type { Output } from '../output.js';
import type { CheckedRecipe } from '../recipe-loader.js';
import { shorten } from '../text/paths.js';
import { eventLine } from './event-json.js';
import { PlainProgress } from './plain-progress.js';

/** How a run is told of. `auto` and `log` are lines of text. */
export type ProgressMode = 'auto' | 'log' | 'json' | 'none';

/** Follows one run. */
export interface Listener {
  onEvent(event: RunEvent): void;
  /** The run is over, and this is its report. Takes the place of the event `end`. */
  end(report: RunReport): void;
}

/** Follows a run of a recipe. What was said of the recipe before the run is not said again. */
export function listen(mode: ProgressMode, output: Output, { name, findings }: CheckedRecipe): Listener {
  const said = new Set(findings.map(({ message }) => message));
  const lines =
    mode === 'auto' || mode === 'log'
      ? new PlainProgress(name, (text) => output.info(shorten(text, output.options.cwd)))
      : undefined;
  return {
    onEvent(event) {
      if (event.type === 'end') return;
      if (mode === 'json') output.result(eventLine(event));
      lines?.onEvent(event);
      if (event.type !== 'log') return;
      if (event.level === 'warn' && !said.has(event.text)) output.warning(`${name}: ${event.text}`);
      if (event.level === 'debug' && output.options.debug) output.info(`debug: ${name}: ${event.text}`);
    },
    end(report) {
      if (mode === 'json') output.result(eventLine({ type: 'end', at: report.ended_at, report }));
    },
  };
}
