import type { Session } from '../connection/session.js';

/** Bytes that a sort or a hash of a publish may hold, at least; a hash twice as much. */
const WORK_MEMORY = 64 << 20;

/** Lets the transaction's joins use more memory, where the server is set to less. */
export async function giveWorkMemory(session: Session): Promise<void> {
  await session.run(
    `select pg_catalog.set_config('work_mem', '${WORK_MEMORY >> 10}kB', true)
     where pg_catalog.pg_size_bytes(pg_catalog.current_setting('work_mem')) < ${WORK_MEMORY}`,
    { action: 'set work_mem' },
  );
}
