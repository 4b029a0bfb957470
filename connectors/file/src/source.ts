import { posix } from 'node:path';
import { defineSource } from '@datacook/core';
import fileConfig, { type FileConfig } from './config.js';
import { FileSource } from './file-source.js';

/** The source `file`. */
export default defineSource({
  type: 'file',
  config: fileConfig,
  // The format is no identity, nor are its options: they say how, not what, and may be put right at any time.
  identity: (config: FileConfig) =>
    config.conn_id === undefined
      ? { path: [config.path ?? []].flat().map(posixPath) }
      : { conn_id: config.conn_id },
  open: (config, context) => new FileSource(config, context),
});

function posixPath(path: string): string {
  return posix.normalize(path);
}
