import { DatacookError } from '@datacook/core';

const LONGEST = 60;

/** A value that the column it is written to can't hold. `why` follows the value: `holds "x", which …`. */
export function cannotHold(column: string, value: string, why: string, hint: string): DatacookError {
  const shown = value.length > LONGEST ? `${value.slice(0, LONGEST)}… (${value.length} characters)` : value;
  return new DatacookError('DATA', `The column "${column}" holds ${shown}, which ${why}.`, {
    hint,
    details: { column, value: shown },
  });
}
