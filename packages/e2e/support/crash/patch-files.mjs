// Boundaries at the file system: what the local state does to make a record durable.
import files from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { patchBoundaries } from '@datacook/testkit';

export async function patchFiles(onBoundary) {
  const file = await files.open(fileURLToPath(import.meta.url));
  const handles = Object.getPrototypeOf(file);
  await file.close();
  patchBoundaries(handles, ['writeFile', 'sync'], 'file', onBoundary);
  patchBoundaries(
    files,
    ['rename', 'link', 'unlink', 'mkdir'],
    (method, [path]) => `${method} ${kindOf(String(path))}`,
    onBoundary,
  );
  syncBuiltinESMExports();
}

// Names of drafts and locks bear random parts.
function kindOf(path) {
  return basename(path).replace(/\.[0-9a-f-]{8,}(?=\.|$)/g, '.…');
}
