import { type DatacookError, isDatacookError } from '@datacook/core';
import type { TextOptions } from './output.js';
import { shorten } from './text/paths.js';

/** A hint is a line of its own, below what it belongs to. */
function withHint(message: string, hint: string | null | undefined): string {
  return hint ? `${message}\n  ${hint.replaceAll('\n', '\n  ')}` : message;
}

/** What failed and on what, where in the recipe, and what to do; the stack with `debug`. */
export function describeError(error: DatacookError, options: TextOptions): string {
  const place = placeOf(error);
  const where = place && !error.message.includes(place) ? `${shorten(place, options.cwd)}: ` : '';
  const text = withHint(
    `${where}${shorten(error.message, options.cwd)}`,
    error.hint && shorten(error.hint, options.cwd),
  );
  const defect = error.code === 'INTERNAL' ? `\n${reportIt(options)}` : '';
  return options.debug ? `${text}${defect}\n${stackOf(error)}` : `${text}${defect}`;
}

/** An error that nobody foresaw. */
export function describeUnexpected(error: unknown, options: TextOptions): string {
  if (isDatacookError(error)) return describeError(error, options);
  const message = error instanceof Error ? error.message : String(error);
  const stack = options.debug ? `\n${stackOf(error)}` : '';
  return `datacook itself failed: ${message}\n${reportIt(options)}${stack}`;
}

/** A usage error as text, with the nearest command where one was mistyped. Undefined: it is none. */
export async function describeUsage(error: unknown, argv: readonly string[]): Promise<string | undefined> {
  if (!(error instanceof Error) || (error as { oclif?: { exit?: number } }).oclif?.exit !== 2)
    return undefined;
  const unknown = /^command (.+) not found\.?$/i.exec(error.message)?.[1];
  if (unknown === undefined) {
    const names = await commandNames();
    return withHint(
      withoutAdvice(error.message),
      `datacook ${commandOf(argv, names)} --help shows what it takes`,
    );
  }
  const [{ nearest }, names] = await Promise.all([import('@datacook/toolkit'), commandNames()]);
  const isTopic = names.some((name) => name.startsWith(`${argv[0]} `));
  const meant = isTopic ? argv.slice(0, 2).join(' ') : (argv[0] ?? unknown);
  const [near] = nearest(meant, names);
  return withHint(
    `there is no command ${meant}`,
    near ? `did you mean ${near}?` : `the commands are ${names.join(', ')}`,
  );
}

/** The commands as they are typed. */
async function commandNames(): Promise<readonly string[]> {
  const { COMMANDS } = await import('./commands.js');
  return Object.keys(COMMANDS).map((name) => name.replaceAll(':', ' '));
}

// The command that was meant, without what it was given.
function commandOf(argv: readonly string[], names: readonly string[]): string {
  const two = argv.slice(0, 2).join(' ');
  return names.includes(two) ? two : (argv[0] ?? '');
}

// What oclif adds: our own hint says it, and `--overlay` takes one value.
function withoutAdvice(message: string): string {
  return message
    .replace(/\nSee more help with --help$/, '')
    .replace(/\n\nNote: .*$/s, '')
    .trim();
}

/** `file:line:column`, where an error says it. */
function placeOf(error: DatacookError): string | undefined {
  const { recipe, file, line, column } = error.details;
  if (typeof recipe === 'string') return recipe;
  if (typeof file !== 'string' || typeof line !== 'number') return undefined;
  return [file, line, ...(typeof column === 'number' ? [column] : [])].join(':');
}

function reportIt(options: TextOptions): string {
  return options.debug
    ? '  this is a defect: please report it, with what follows'
    : '  this is a defect: please report it, with what the same command says with --debug';
}

function stackOf(error: unknown): string {
  const parts: string[] = [];
  for (let at: unknown = error; at !== undefined; at = at instanceof Error ? at.cause : undefined) {
    parts.push(at instanceof Error ? (at.stack ?? at.message) : String(at));
  }
  return parts.join('\ncaused by ');
}
