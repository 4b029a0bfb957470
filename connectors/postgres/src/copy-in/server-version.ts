import type { Session } from '../connection/session.js';

const KNOWN = new WeakMap<Session, number>();

/** The server's version, as 180004; asked for once a session. */
export async function serverVersion(session: Session): Promise<number> {
  const known = KNOWN.get(session);
  if (known !== undefined) return known;
  const [result] = await session.run('show server_version_num', { action: 'ask for its version' });
  const version = Number(result!.rows[0]![0]);
  KNOWN.set(session, version);
  return version;
}
