import { z } from 'zod';

/** Where the records lie. */
export default z.strictObject({
  path: z
    .string()
    .min(1)
    .meta({ datacook: 'path' })
    .describe('Folder of the state files. It is made when something is first saved.'),
});
