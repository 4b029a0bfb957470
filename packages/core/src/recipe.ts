import type { WriteMode } from './destination.js';
import type { Json, JsonObject } from './json.js';

/** Where a value was written. Lines and columns begin at 1. `file` is absolute, or says what it is otherwise. */
export interface Origin {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** A path into a recipe: keys and indexes. */
export type Path = readonly (string | number)[];

/** Something worth saying about a recipe, and where. */
export interface Finding {
  readonly severity: 'error' | 'warning';
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
  readonly origin?: Origin;
  /** Dotted, as `transform.steps[1].mapping`. */
  readonly path?: string;
}

/** A step of a resolved recipe: `type`, perhaps `id`, and the configuration of its transform. */
export interface RecipeStep {
  readonly id?: string;
  readonly type: string;
  readonly config: JsonObject;
}

/** How a run behaves. */
export interface RecipeRuntime {
  /** Rows of a batch. */
  readonly batchSize: number;
  /** Bytes of a batch, about. */
  readonly batchBytes: number;
  readonly parallelism: number;
  readonly maxRetries: number;
  readonly retryBackoff: { readonly initialMs: number; readonly maxMs: number };
  readonly timeoutMs?: number;
  readonly onError: 'fail' | 'reject';
  readonly maxRejects?: number;
  readonly checkpoint: { readonly rows?: number; readonly bytes?: number; readonly seconds?: number };
  readonly graceSeconds: number;
  readonly guarantee?: 'exactly_once';
}

/**
 * A recipe as it runs: inheritance, macros and templates are done with, keys of the language are told apart from
 * those of the plug-ins. What a plug-in is configured with is under `config`; paths in it are absolute.
 */
export interface ResolvedRecipe {
  readonly name: string;
  readonly description?: string;
  readonly source: {
    readonly type: string;
    readonly config: JsonObject;
    /** The same with paths as the recipe has them: what identity is made of. */
    readonly identityConfig: JsonObject;
    readonly stream: string;
    readonly columns?: readonly string[];
    readonly incremental?: Json;
  };
  readonly steps: readonly RecipeStep[];
  readonly destination: {
    readonly type: string;
    readonly config: JsonObject;
    readonly identityConfig: JsonObject;
    readonly table: string;
    readonly writeMode: WriteMode;
    readonly mergeKeys?: readonly string[];
    readonly schemaPolicy: 'evolve' | 'freeze' | 'discard_column';
    readonly onEmpty: 'fail' | 'publish' | 'keep';
    readonly shared: boolean;
  };
  readonly state: {
    readonly type: string;
    readonly config: JsonObject;
    readonly key: string;
    readonly leaseMs: number;
  };
  readonly runtime: RecipeRuntime;
  /** sha256 of what was resolved, for reports. */
  readonly fingerprint: string;
  /** Where a value was written; of the nearest one that contains it, if it was not written itself. */
  originOf(path: Path): Origin | undefined;
}
