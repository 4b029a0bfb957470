import { readFile, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

const FIELD = String.raw`((?:\\.|[^:\\])*)`;
const LINE = new RegExp(`^${FIELD}:${FIELD}:${FIELD}:${FIELD}:(.*)$`);

/** Whose password is looked for. */
export interface PassFileQuery {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
}

/** Where the password file is unless it is named. */
export function defaultPassFile(environment: NodeJS.ProcessEnv = process.env): string {
  if (process.platform === 'win32')
    return join(environment['APPDATA'] ?? homedir(), 'postgresql', 'pgpass.conf');
  return join(homedir(), '.pgpass');
}

/**
 * The password that a file of lines `host:port:database:user:password` has: the first line that fits, where `*` fits
 * everything, and a backslash takes `:` and `\` as they are. A Unix socket's folder is looked for under `localhost`.
 * A file that others may read is passed over with a warning, as libpq does; one that isn't there without.
 */
export async function findPassword(
  path: string,
  { host, port, database, user }: PassFileQuery,
  warn: (text: string) => void,
): Promise<string | undefined> {
  let text: string;
  try {
    const { mode } = await stat(path);
    if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
      warn(`${path} is passed over: others may read it. Only a file of mode 0600 is used.`);
      return undefined;
    }
    text = await readFile(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT' && code !== 'ENOTDIR') warn(`${path} is passed over: it can't be read (${code}).`);
    return undefined;
  }
  const wanted = [host.startsWith('/') ? 'localhost' : host, String(port), database, user];
  for (const line of text.split(/\r?\n/)) {
    const fields = line.startsWith('#') ? null : LINE.exec(line);
    if (fields === null) continue;
    const fits = wanted.every((value, index) => ['*', value].includes(unescaped(fields[index + 1]!)));
    if (fits) return unescaped(fields[5]!);
  }
  return undefined;
}

function unescaped(text: string): string {
  return text.replace(/\\(.)/g, '$1');
}
