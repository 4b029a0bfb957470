import { isDatacookError } from '@datacook/core';
import { parseDurationMs } from '@datacook/toolkit';
import { z } from 'zod';

const paths = z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]);

const duration = z.union([z.string(), z.number()]).superRefine((value, context) => {
  try {
    parseDurationMs(value);
  } catch (error) {
    if (!isDatacookError(error)) throw error;
    context.addIssue({ code: 'custom', message: error.message, input: value });
  }
});

const incremental = z.strictObject({
  strategy: z.literal('new_files', {
    error: ({ input }) =>
      `the file source has no strategy ${JSON.stringify(input)}; it has new_files, which reads each file once`,
  }),
  settle: duration
    .default(0)
    .describe(
      'A file that was modified less than this ago waits for the next run. Seconds, or as "500ms", "5s", "2m".',
    ),
});

/** What a recipe says under `source` with `type: file`. */
const fileConfig = z
  .strictObject({
    path: paths
      .optional()
      .meta({ datacook: 'path', address: true, description: 'A path or glob, or a list of them.' }),
    conn_id: z.string().min(1).optional().describe('A connection that says the path.'),
    format: z
      .union([z.string().min(1), z.looseObject({ type: z.string().min(1) })])
      .optional()
      .meta({
        datacook: 'format',
        description: 'A format, or a mapping of its type and options. Default: by the names of the files.',
      }),
    compression: z
      .enum(['auto', 'none', 'gzip'])
      .default('auto')
      .describe('`auto` looks at the first bytes of each file.'),
    incremental: incremental
      .optional()
      .describe('`{ strategy: new_files }`: each run reads the files that are new.'),
    sample_files: z
      .int()
      .min(1)
      .default(8)
      .describe('How many files types are inferred from, spread over the list.'),
  })
  .superRefine((config, context) => {
    if (config.path === undefined && config.conn_id === undefined) {
      context.addIssue({
        code: 'custom',
        path: ['path'],
        message: 'say a path, or a list of paths',
        input: config,
      });
    }
  });

/** The configuration with its defaults. */
export type FileConfig = z.output<typeof fileConfig>;

export default fileConfig;
