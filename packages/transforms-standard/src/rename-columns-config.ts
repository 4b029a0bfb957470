import { z } from 'zod';
import { byColumn } from './config-parts.js';

export default z.strictObject({
  mapping: byColumn(z.string()).describe('New names by old ones.'),
});
