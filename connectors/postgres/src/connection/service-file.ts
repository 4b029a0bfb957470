import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { DatacookError } from '@datacook/core';
import { checkKeywords, type Keywords } from './url.js';

/**
 * What a service file says under a name, as libpq has it: `PGSERVICEFILE`, else `~/.pg_service.conf`, then
 * `pg_service.conf` in `PGSYSCONFDIR`. Throws NOT_FOUND if none has the name.
 */
export async function readService(
  name: string,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<Keywords> {
  const own = environment['PGSERVICEFILE'] || join(homedir(), '.pg_service.conf');
  const folder = environment['PGSYSCONFDIR'];
  const paths = [own, ...(folder ? [join(folder, 'pg_service.conf')] : [])];
  for (const path of paths) {
    const found = parseService(await readIfThere(path), name);
    if (found !== undefined) return checkKeywords(found, `service ${name} in ${path}`);
  }
  throw new DatacookError('NOT_FOUND', `No service file has a section [${name}].`, {
    hint: `Looked for in ${paths.join(' and ')}. PGSERVICEFILE names another file.`,
    details: { service: name },
  });
}

async function readIfThere(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw new DatacookError('AUTH', `The service file ${path} can't be read.`, { cause: error });
  }
}

function parseService(text: string, name: string): Keywords | undefined {
  let found: Record<string, string> | undefined;
  for (const line of text.split(/\r?\n/).map((part) => part.trim())) {
    if (line === '' || line.startsWith('#')) continue;
    if (line.startsWith('[')) {
      if (found !== undefined) return found;
      if (line === `[${name}]`) found = {};
    } else if (found !== undefined) {
      const equals = line.indexOf('=');
      if (equals > 0) found[line.slice(0, equals).trim()] ??= line.slice(equals + 1).trim();
    }
  }
  return found;
}
