import { posix } from 'node:path';
import { defineSource, type Json } from '@datacook/core';
import fileConfig, { type FileConfig } from './config.js';
import { FileSource } from './file-source.js';
import { formatType } from './format-spec.js';

/** The source `file`. */
export default defineSource({
  type: 'file',
  config: fileConfig,
  identity: (config: FileConfig) => ({
    ...(config.conn_id === undefined
      ? { path: [config.path ?? []].flat().map(posixPath) }
      : { conn_id: config.conn_id }),
    // Options such as the delimiter or a declared type are no identity: they say how, not what.
    format: formatType(config.format as Json | undefined),
  }),
  open: (config, context) => new FileSource(config, context),
});

function posixPath(path: string): string {
  return posix.normalize(path);
}
