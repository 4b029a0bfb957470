export type { CsvConfig, CsvOptions } from './config.js';
export { createCsvFormat } from './csv-format.js';
