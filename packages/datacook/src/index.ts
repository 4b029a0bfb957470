export type { Definition, ErrorCode, Finding, Json, Plugins, StateBackend } from '@datacook/core';
export { DatacookError, isDatacookError } from '@datacook/core';
export type { RowCounts, RunEvent, RunReport, RunStatus, StreamReport } from '@datacook/engine';
export { type ObjectRecipeOptions, Recipe, type RecipeOptions } from './recipe.js';
export { type RunRecipeOptions, reportOf, runRecipe } from './run-recipe.js';
