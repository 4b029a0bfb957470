/** A length of time as its three parts, which no fixed number of one makes another. */
export interface Interval {
  readonly months: number;
  readonly days: number;
  readonly nanoseconds: bigint;
}

const DURATION =
  /^([+-]?)P(?:([+-]?\d+)Y)?(?:([+-]?\d+)M)?(?:([+-]?\d+)W)?(?:([+-]?\d+)D)?(?:T(?:([+-]?\d+)H)?(?:([+-]?\d+)M)?(?:([+-]?)(\d+)(?:\.(\d+))?S)?)?$/;

const HOUR = 3_600_000_000_000n;
const MINUTE = 60_000_000_000n;
const SECOND = 1_000_000_000n;

/** Whether the parts fit int32, int32 and int64. */
export function fitsInterval({ months, days, nanoseconds }: Interval): boolean {
  return (months | 0) === months && (days | 0) === days && BigInt.asIntN(64, nanoseconds) === nanoseconds;
}

/** Reads an ISO 8601 duration whose parts may have signs, as `P1Y2M-3DT4H5M6.789S`. Undefined if it is none. */
export function parseInterval(text: string): Interval | undefined {
  const found = DURATION.exec(text);
  if (found === null || text.endsWith('P') || text.endsWith('T')) return undefined;
  const [, sign, years, months, weeks, days, hours, minutes, secondSign, seconds, fraction = ''] = found;
  if (/[^0]/.test(fraction.slice(9))) return undefined;
  const secondsPart = BigInt(seconds ?? 0) * SECOND + BigInt(fraction.slice(0, 9).padEnd(9, '0'));
  const nanoseconds =
    BigInt(hours ?? 0) * HOUR +
    BigInt(minutes ?? 0) * MINUTE +
    (secondSign === '-' ? -secondsPart : secondsPart);
  const factor = sign === '-' ? -1 : 1;
  const interval = {
    months: factor * (Number(years ?? 0) * 12 + Number(months ?? 0)) + 0,
    days: factor * (Number(weeks ?? 0) * 7 + Number(days ?? 0)) + 0,
    nanoseconds: BigInt(factor) * nanoseconds,
  };
  return fitsInterval(interval) ? interval : undefined;
}

/** ISO 8601: `P1Y2M3DT4H5M6.5S`, signs at the parts, zero parts left out; `PT0S` if all are zero. */
export function intervalToText({ months, days, nanoseconds }: Interval): string {
  let text = 'P';
  const years = Math.trunc(months / 12);
  if (years !== 0) text += `${years}Y`;
  if (months % 12 !== 0) text += `${months % 12}M`;
  if (days !== 0) text += `${days}D`;
  if (nanoseconds !== 0n) text += `T${clock(nanoseconds)}`;
  return text === 'P' ? 'PT0S' : text;
}

function clock(nanoseconds: bigint): string {
  const sign = nanoseconds < 0n ? '-' : '';
  const total = nanoseconds < 0n ? -nanoseconds : nanoseconds;
  const hours = total / HOUR;
  const minutes = (total % HOUR) / MINUTE;
  const seconds = (total % MINUTE) / SECOND;
  const fraction = total % SECOND;
  let text = '';
  if (hours !== 0n) text += `${sign}${hours}H`;
  if (minutes !== 0n) text += `${sign}${minutes}M`;
  if (fraction !== 0n) text += `${sign}${seconds}.${String(fraction).padStart(9, '0').replace(/0+$/, '')}S`;
  else if (seconds !== 0n) text += `${sign}${seconds}S`;
  return text;
}
