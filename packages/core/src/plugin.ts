import type { Destination, WriteMode } from './destination.js';
import type { Format } from './format.js';
import type { Json } from './json.js';
import type { Source } from './source.js';
import type { StateBackend } from './state.js';
import type { Transform } from './transform.js';

/** The contract's number. A plug-in that was built for another is refused before it is imported. */
export const CONTRACT = 1;

/** What a plug-in's `open` is handed. */
export interface Context {
  /** Aborted when the run must stop at once. */
  readonly signal: AbortSignal;
  /** A line for the run's log and events; a `warn` also stands in the report. */
  log(level: 'debug' | 'info' | 'warn', text: string): void;
  /** Opens a format by what a recipe says of it: its type, or a mapping with `type` and options. */
  format(spec: Json): Promise<Format>;
  readonly run: {
    readonly id: string;
    /** ISO 8601, UTC, with milliseconds. */
    readonly startedAt: string;
  };
}

/** What each role's `open` makes. */
export interface Roles {
  source: Source;
  destination: Destination;
  state: StateBackend;
  transform: Transform;
  format: Format;
}

export type Role = keyof Roles;

/** What a destination promises for a write mode. */
export type Delivery = 'exactly_once' | 'at_least_once';

/** A parser of a plug-in's configuration; a zod schema is one. Its errors may carry `issues` with `path` and `message`. */
export interface ConfigParser<C = unknown> {
  parse(value: unknown): C;
}

/** What a plug-in declares. Every conformance case follows from it. */
export interface Declaration {
  readonly modes?: { readonly [mode in WriteMode]?: Delivery };
  /** Writers open at once; more than 1 only if one's commit doesn't spoil another's transaction. Default 1. */
  readonly maxWriters?: number;
  /** Defaults that suit the destination. */
  readonly checkpoint?: { readonly rows?: number; readonly bytes?: number; readonly seconds?: number };
  readonly identifiers?: { readonly maxBytes: number; readonly folds?: 'lower' | 'upper' };
}

/** A plug-in: the default export of its module. */
export interface Definition<R extends Role = Role, C = unknown> extends Declaration {
  readonly contract: typeof CONTRACT;
  readonly role: R;
  /** The `type` that recipes name. */
  readonly type: string;
  readonly config: ConfigParser<C>;
  /** What is read or written, without host or credentials. Called with paths as the recipe has them. */
  identity?(config: C): Json;
  open(config: C, context: Context): Roles[R] | Promise<Roles[R]>;
}

/** What is known of an installed plug-in without loading it. */
export interface PluginInfo extends Declaration {
  readonly role: Role;
  readonly type: string;
  readonly package: string;
  readonly packageVersion: string;
  /** The package's folder; absent for a definition handed in by a program. */
  readonly path?: string;
  readonly contract: number;
  /**
   * JSON Schema of its configuration. Properties may bear `"datacook": "path"` (a path, relative to the file that
   * says it), `"secret"` (never shown), `"address"` (excludes `conn_id`), `"format"` (a format's type or mapping).
   */
  readonly configSchema?: Json;
  /** Other plug-ins that it cannot do without, as `role:type`. */
  readonly needs: readonly string[];
  /** Why it can't be used. */
  readonly problem?: string;
  /** Something worth knowing that doesn't stop it from being used, as that it stands before another. */
  readonly note?: string;
}

/** What is installed, as the engine and the recipe's validation see it. */
export interface Plugins {
  list(): readonly PluginInfo[];
  /** Throws CONFIG: nothing of that type (what is installed, near misses, the install line), a conflict, a wrong contract. */
  find(role: Role, type: string): PluginInfo;
  /** Loads what parses its configuration, and no driver. */
  config(role: Role, type: string): Promise<ConfigParser>;
  /** Loads it; once. */
  load<R extends Role>(role: R, type: string): Promise<Definition<R>>;
}

function define<R extends Role>(role: R) {
  return <C>(definition: Omit<Definition<R, C>, 'contract' | 'role'>): Definition<R> =>
    ({ ...definition, contract: CONTRACT, role }) as unknown as Definition<R>;
}

/** Defines a source: type-checked where it is written, and handed on without its configuration's type. */
export const defineSource = define('source');
/** Defines a destination. */
export const defineDestination = define('destination');
/** Defines a state backend. */
export const defineState = define('state');
/** Defines a transform. */
export const defineTransform = define('transform');
/** Defines a format. */
export const defineFormat = define('format');
