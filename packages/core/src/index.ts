export type { Batch, Column, DataType, Field, Schema } from './data.js';
export type { Commit, Destination, Head, Merged, Place, Target, WriteMode, Writer } from './destination.js';
export type { ErrorCode, ErrorOptions, Retry } from './error.js';
export { DatacookError, isDatacookError, toDatacookError } from './error.js';
export type { DecodeOptions, Format, RandomAccess } from './format.js';
export type { Json, JsonObject } from './json.js';
export type {
  ConfigParser,
  Context,
  Declaration,
  Definition,
  Delivery,
  PluginInfo,
  Plugins,
  Role,
  Roles,
} from './plugin.js';
export {
  CONTRACT,
  defineDestination,
  defineFormat,
  defineSource,
  defineState,
  defineTransform,
} from './plugin.js';
export type {
  Finding,
  Origin,
  Path,
  RecipeRuntime,
  RecipeStep,
  ResolvedRecipe,
} from './recipe.js';
export type { Digest, Partition, ReadItem, ReadPlan, ReadRequest, Source, StreamInfo } from './source.js';
export type { StateBackend, Versioned } from './state.js';
export type { Applied, BoundTransform, Reject, Transform } from './transform.js';
