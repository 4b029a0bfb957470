import { quoteLiteral } from '@datacook/toolkit';

/** SQL that fixes what the texts of values depend on, and that nothing can be written. */
export function sessionSettings(timeouts: {
  readonly statementMs?: number;
  readonly lockMs: number;
  readonly idleMs: number;
}): string {
  const settings: readonly (readonly [name: string, value: string])[] = [
    ['client_encoding', 'UTF8'],
    ['standard_conforming_strings', 'on'],
    ['TimeZone', 'UTC'],
    ['DateStyle', 'ISO, YMD'],
    ['IntervalStyle', 'postgres'],
    ['extra_float_digits', '1'],
    ['bytea_output', 'hex'],
    ['xmloption', 'content'],
    ['default_transaction_read_only', 'on'],
    ['lock_timeout', String(timeouts.lockMs)],
    ['idle_in_transaction_session_timeout', String(timeouts.idleMs)],
    ...(timeouts.statementMs === undefined
      ? []
      : [['statement_timeout', String(timeouts.statementMs)] as const]),
  ];
  return settings.map(([name, value]) => `set ${name} = ${quoteLiteral(value)}`).join('; ');
}
