import { defineFormat } from '@datacook/core';
import csvConfig from './config.js';
import { csvFormat } from './csv-format.js';

/** The format `csv`. */
export default defineFormat({ type: 'csv', config: csvConfig, open: csvFormat });
