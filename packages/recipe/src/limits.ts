/** Bytes of a recipe file, at most. */
export const MAX_FILE_BYTES = 1_000_000;

/** Levels of nesting in a file, at most. */
export const MAX_DEPTH = 100;

/** Values that aliases may add to a file, at most. */
export const MAX_ALIASED = 50_000;

/** Steps of a resolved recipe, at most: macros that use macros grow fast. */
export const MAX_STEPS = 10_000;
