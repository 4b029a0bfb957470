import type { ResolvedRecipe, Schema, Source } from '@datacook/core';
import { type OpenedStep, TransformChain } from './transforms.js';

/** What a stream without rows would become, where the source knows its schema. */
export async function emptySchema(
  source: Source,
  recipe: ResolvedRecipe,
  steps: readonly OpenedStep[],
): Promise<Schema | undefined> {
  const schema = await streamSchema(source, recipe);
  return schema && new TransformChain(steps).outputSchema(schema);
}

/** The schema of a recipe's stream, where the source knows it. */
export async function streamSchema(source: Source, recipe: ResolvedRecipe): Promise<Schema | undefined> {
  const streams = await source.streams();
  const named = streams.find(({ name }) => name === recipe.source.stream);
  return (named ?? (streams.length === 1 ? streams[0] : undefined))?.schema;
}
