/**
 * A canonical text of a date or time as the server writes it: ISO 8601 counts years before Christ from 0 downwards, the
 * server writes the year 1 BC instead.
 */
export function serverTime(text: string): string {
  const found = /^([+-]?\d+)(-\d\d-\d\d.*)$/.exec(text);
  if (found === null) return text;
  const year = Number(found[1]);
  const shown = String(year > 0 ? year : 1 - year).padStart(4, '0');
  return `${shown}${found[2]}${year > 0 ? '' : ' BC'}`;
}
