import { isDatacookError } from '@datacook/core';
import { z } from 'zod';
import type { SqlIncremental } from '../incremental/strategy.js';
import { parseDurationMs } from '../units.js';

const cursorColumn = z
  .string()
  .min(1)
  .describe('The column that grows with every row that is added or changed.');

const onNull = z
  .enum(['error', 'include', 'exclude'])
  .default('error')
  .describe('What becomes of rows whose cursor is NULL.');

const lag = z
  .union([z.string(), z.number()])
  .superRefine((value, context) => {
    try {
      parseDurationMs(value);
    } catch (error) {
      if (!isDatacookError(error)) throw error;
      context.addIssue({ code: 'custom', message: error.message, input: value });
    }
  })
  .default('0s')
  .describe('How far behind the source\'s clock a window ends. Seconds, or as "30s", "5m".');

const strategies = [
  z.strictObject({ strategy: z.literal('cursor'), cursor_column: cursorColumn, on_null: onNull }),
  z.strictObject({ strategy: z.literal('watermark'), cursor_column: cursorColumn, lag, on_null: onNull }),
] as const;

/** What a recipe says under `source.incremental` of a SQL source. */
export const sqlIncremental = z.discriminatedUnion('strategy', strategies, {
  error: ({ code, input }) => {
    if (code !== 'invalid_union') return undefined;
    const { strategy } = input as { strategy?: unknown };
    return `there is no strategy ${JSON.stringify(strategy ?? null)}; there are cursor and watermark`;
  },
}) satisfies z.ZodType<SqlIncremental>;
