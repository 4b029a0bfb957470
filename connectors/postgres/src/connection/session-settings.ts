import { quoteLiteral } from '@datacook/toolkit';

/** Times in milliseconds; 0: no limit. */
export interface Timeouts {
  /** Undefined: what the server says. */
  readonly statementMs?: number;
  readonly lockMs: number;
  readonly idleMs: number;
}

type Setting = readonly [name: string, value: string];

/** What the texts of values depend on. */
const TEXTS: readonly Setting[] = [
  ['client_encoding', 'UTF8'],
  ['standard_conforming_strings', 'on'],
  ['TimeZone', 'UTC'],
  ['DateStyle', 'ISO, YMD'],
  ['IntervalStyle', 'postgres'],
  ['extra_float_digits', '1'],
  ['bytea_output', 'hex'],
  ['xmloption', 'content'],
];

/** Settings that end sessions, and that not every server has: they are left alone where they aren't there. */
const NO_LIMITS = ['idle_session_timeout', 'transaction_timeout']
  .map((name) => setWhere(name, '0', `pg_catalog.current_setting('${name}', true) is not null`))
  .join('; ');

/** A commit that the server has confirmed is not lost by its crash. What waits for standbys still does. */
const DURABLE = setWhere(
  'synchronous_commit',
  'on',
  `pg_catalog.current_setting('synchronous_commit') in ('off', 'local')`,
);

/** SQL that fixes what the texts of values depend on, and that nothing can be written. */
export function readingSettings(timeouts: Timeouts): string {
  return settingsSql([...TEXTS, ['default_transaction_read_only', 'on'], ...limits(timeouts)]);
}

/**
 * SQL for a session that writes: transactions are READ COMMITTED, and what is committed is on the server's disk. A
 * session that waits is not ended but in a transaction.
 */
export function writingSettings(timeouts: Timeouts): string {
  const settings = settingsSql([
    ...TEXTS,
    ['default_transaction_read_only', 'off'],
    ['default_transaction_isolation', 'read committed'],
    ['default_transaction_deferrable', 'off'],
    // A machine that has vanished in a COPY keeps its locks for two minutes, not for the two hours of most systems.
    ['tcp_keepalives_idle', '60'],
    ['tcp_keepalives_interval', '10'],
    ['tcp_keepalives_count', '6'],
    ...limits(timeouts),
  ]);
  return `${settings}; ${NO_LIMITS}; ${DURABLE}`;
}

function limits({ statementMs, lockMs, idleMs }: Timeouts): readonly Setting[] {
  return [
    ['lock_timeout', String(lockMs)],
    ['idle_in_transaction_session_timeout', String(idleMs)],
    ...(statementMs === undefined ? [] : [['statement_timeout', String(statementMs)] as const]),
  ];
}

function settingsSql(settings: readonly Setting[]): string {
  return settings.map(([name, value]) => `set ${name} = ${quoteLiteral(value)}`).join('; ');
}

function setWhere(name: string, value: string, condition: string): string {
  return `select pg_catalog.set_config('${name}', '${value}', false) where ${condition}`;
}
