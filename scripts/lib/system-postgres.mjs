import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Where Debian and its like put the programs of a server, a folder for each version. */
const VERSIONS = '/usr/lib/postgresql';

/** The machine's own Postgres, the newest: `{ version, binaries }`; undefined if there is none. */
export function systemPostgres() {
  if (!existsSync(VERSIONS)) return undefined;
  return readdirSync(VERSIONS)
    .map((version) => ({ version, binaries: join(VERSIONS, version, 'bin') }))
    .filter(({ binaries }) => ['initdb', 'postgres'].every((name) => existsSync(join(binaries, name))))
    .sort((a, b) => Number(b.version) - Number(a.version))[0];
}
