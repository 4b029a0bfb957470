import type { Interrupts } from './interrupts.js';
import type { Output } from './output.js';

/** The program that the commands run in: the package that has the `datacook` binary. */
export interface Program {
  /** A file of it: plug-ins that this package depends on are found from any recipe. */
  readonly file: string;
  readonly version: string;
}

/** What every action is handed beside its own flags. */
export interface Invocation {
  readonly program: Program;
  readonly output: Output;
  readonly interrupts: Interrupts;
}
