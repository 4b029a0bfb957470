import { expect, test } from 'vitest';
import { inColumnType } from '../../src/plan/instant.js';
import { useDatabase } from '../support/source.js';

const database = useDatabase();

async function inType(type: string, timezone: string | undefined, instant: string): Promise<string> {
  const sql = inColumnType({ name: 'at', type }, timezone, `'${instant}'::timestamptz`);
  const { rows } = await database.client.query(`select (${sql})::text as value`);
  return (rows[0] as { value: string }).value;
}

const LOCAL = 'timestamp without time zone';

test.each<[string, string, string]>([
  // In Paris, 03:00 becomes 02:00 at 01:00 UTC: until 02:00 UTC rows may be stamped from 02:00 on.
  ['Europe/Paris', '2026-10-24 23:30:00+00', '2026-10-25 01:30:00'],
  ['Europe/Paris', '2026-10-25 00:30:00+00', '2026-10-25 02:00:00'],
  ['Europe/Paris', '2026-10-25 00:59:59.999999+00', '2026-10-25 02:00:00'],
  ['Europe/Paris', '2026-10-25 01:00:00+00', '2026-10-25 02:00:00'],
  ['Europe/Paris', '2026-10-25 01:30:00+00', '2026-10-25 02:30:00'],
  ['Europe/Paris', '2026-10-25 02:00:00.5+00', '2026-10-25 03:00:00.5'],
  // Lord Howe Island puts its clocks back by half an hour.
  ['Australia/Lord_Howe', '2026-04-04 14:45:00+00', '2026-04-05 01:30:00'],
  ['America/New_York', '2026-11-01 05:59:59+00', '2026-11-01 01:00:00'],
  ['America/New_York', '2026-11-01 06:00:00+00', '2026-11-01 01:00:00'],
  // Forwards nothing comes twice.
  ['Europe/Paris', '2026-03-29 00:59:59+00', '2026-03-29 01:59:59'],
  ['Europe/Paris', '2026-03-29 01:00:00+00', '2026-03-29 03:00:00'],
  ['UTC', '2026-10-25 00:30:00.123456+00', '2026-10-25 00:30:00.123456'],
])('local time of %s at %s', async (timezone, instant, expected) => {
  expect(await inType(LOCAL, timezone, instant)).toBe(expected);
});

test('a date is that of the zone', async () => {
  expect(await inType('date', 'Asia/Tokyo', '2026-01-01 15:00:00+00')).toBe('2026-01-02');
  expect(await inType('date', 'America/Los_Angeles', '2026-01-01 07:59:59+00')).toBe('2025-12-31');
});
