import { DatacookError } from '@datacook/core';
import { quoteLiteral } from '@datacook/toolkit';

/**
 * SQL for an instant as a value of the cursor's type: the least that rows stamped from then on may have. `instant` is
 * SQL of type timestamptz. Throws CONFIG for a type that follows no clock, or that says no time zone where none is
 * said.
 */
export function inColumnType(
  { name, type }: { readonly name: string; readonly type: string },
  timezone: string | undefined,
  instant: string,
): string {
  const details = { column: name, type };
  if (type === 'timestamp with time zone') return instant;
  if (type !== 'timestamp without time zone' && type !== 'date')
    throw new DatacookError('CONFIG', `strategy watermark: the column ${JSON.stringify(name)} is ${type}.`, {
      hint: 'A watermark follows a clock: it needs a timestamp or a date. For numbers there is strategy cursor.',
      details,
    });
  if (timezone === undefined)
    throw new DatacookError(
      'CONFIG',
      `strategy watermark: the column ${JSON.stringify(name)} is ${type}, which says no time zone.`,
      { hint: 'Say whose clock it shows: source.timezone, as UTC or Europe/Paris.', details },
    );
  const zone = quoteLiteral(timezone);
  // When clocks are put back, an hour comes twice: until it is over, later rows may have lesser values.
  const local = `select min(x.at at time zone ${zone}) from (
    select h.at union all select g from pg_catalog.generate_series(
      pg_catalog.date_trunc('hour', h.at), h.at + interval '4 hours', interval '15 minutes') g
    where g > h.at) x`;
  return `select (${local})${type === 'date' ? '::date' : ''} from (select ${instant} as at) h`;
}
