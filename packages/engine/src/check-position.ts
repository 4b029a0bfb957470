import {
  DatacookError,
  isDatacookError,
  type Json,
  type ResolvedRecipe,
  type StateBackend,
} from '@datacook/core';
import { readRequest } from './attempt.js';
import { closeQuietly } from './closing.js';
import { Mirror } from './mirror.js';
import type { OpenedPlugins } from './plugins.js';
import type { Stop } from './stop.js';

/**
 * Asks the source whether it can read on from a position: to plan changes nothing there. Throws what it says, with the
 * present position as a template.
 */
export async function checkPosition(
  parts: {
    readonly recipe: ResolvedRecipe;
    readonly opened: OpenedPlugins;
    readonly backend: StateBackend;
    readonly key: string;
  },
  position: Json,
  stop: Stop,
  warn: (text: string) => void,
): Promise<void> {
  const { recipe, opened, backend, key } = parts;
  const source = await stop.orAbort(opened.openSource());
  try {
    await stop.orAbort(source.plan(readRequest(recipe, position, undefined)));
  } catch (error) {
    if (!isDatacookError(error) || error.code === 'INTERNAL' || stop.isStopping) throw error;
    const present = (await new Mirror(backend, key).load())?.position;
    const like = present === undefined ? '' : `; the present one is ${JSON.stringify(present)}`;
    throw new DatacookError(
      error.code,
      `the source can't read on from ${JSON.stringify(position)}: ${error.message}`,
      {
        hint: `${error.hint ?? 'a position is JSON that the source itself has made'}${like}`,
        details: error.details,
        cause: error,
      },
    );
  } finally {
    await closeQuietly('source', source, warn);
  }
}
