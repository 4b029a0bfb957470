import { z } from 'zod';
import { columnNames } from './config-parts.js';

export default z.strictObject({
  columns: columnNames.describe('The columns to leave out.'),
  if_exists: z.boolean().default(false).describe('Whether a column that is not there is no error.'),
});
