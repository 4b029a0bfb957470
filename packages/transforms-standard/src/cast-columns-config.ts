import { z } from 'zod';
import { byColumn, typeName } from './config-parts.js';

export default z.strictObject({
  columns: byColumn(typeName).describe('Types by column, as int64, decimal(12,2) or timestamptz.'),
});
