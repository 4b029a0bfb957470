import { z } from 'zod';
import { columnNames } from './config-parts.js';

export default z.strictObject({
  columns: columnNames.describe('The columns to keep, in the order in which they come out.'),
});
