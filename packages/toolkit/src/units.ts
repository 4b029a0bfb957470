import { DatacookError } from '@datacook/core';

const BYTES: { readonly [unit: string]: number } = {
  '': 1,
  b: 1,
  k: 1024,
  kb: 1024,
  kib: 1024,
  m: 1024 ** 2,
  mb: 1024 ** 2,
  mib: 1024 ** 2,
  g: 1024 ** 3,
  gb: 1024 ** 3,
  gib: 1024 ** 3,
  t: 1024 ** 4,
  tb: 1024 ** 4,
  tib: 1024 ** 4,
};

const MILLISECONDS: { readonly [unit: string]: number } = {
  '': 1000,
  ms: 1,
  s: 1000,
  m: 60_000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/**
 * Reads a size: `'256mb'`, `'64 KiB'`, or a number of bytes. A kb is 1024 bytes, as is a KiB. Returns whole bytes.
 * Throws CONFIG.
 */
export function parseBytes(value: string | number): number {
  const bytes = measure(value, BYTES);
  if (bytes === undefined || !Number.isSafeInteger(Math.round(bytes))) {
    throw new DatacookError('CONFIG', `${JSON.stringify(value)} is no size.`, {
      hint: 'Write a number with kb, mb or gb, as in 256mb; a bare number is bytes.',
    });
  }
  return Math.round(bytes);
}

/**
 * Reads a duration: `'100ms'`, `'60s'`, `'5m'`, `'2h'`, `'1d'`, or a number of seconds. Returns milliseconds.
 * Throws CONFIG.
 */
export function parseDurationMs(value: string | number): number {
  const ms = measure(value, MILLISECONDS);
  if (ms === undefined || !Number.isSafeInteger(Math.round(ms))) {
    throw new DatacookError('CONFIG', `${JSON.stringify(value)} is no duration.`, {
      hint: 'Write a number with ms, s, m, h or d, as in 60s; a bare number is seconds.',
    });
  }
  return Math.round(ms);
}

function measure(value: string | number, units: { readonly [unit: string]: number }): number | undefined {
  const found = /^\s*(\d+(?:\.\d+)?)\s*([a-z]*)\s*$/i.exec(String(value));
  if (found === null) return undefined;
  const unit = found[2]!.toLowerCase();
  return Object.hasOwn(units, unit) ? Number(found[1]) * units[unit]! : undefined;
}
