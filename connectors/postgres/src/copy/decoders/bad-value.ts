import { DatacookError } from '@datacook/core';

/** A value that the column's type can't hold. `what` follows the column's name: `holds NaN, which …`. */
export function badValue(column: string, what: string, hint?: string): DatacookError {
  return new DatacookError('DATA', `The column "${column}" ${what}.`, {
    hint: hint ?? `Read it as text: column_types: { ${key(column)}: utf8 }.`,
    details: { column },
  });
}

/** A value whose bytes aren't those of its type. */
export function malformedValue(column: string, wire: string, length: number): DatacookError {
  return new DatacookError(
    'DATA',
    `The column "${column}" was sent with a value of ${length} bytes that is no ${wire}.`,
    {
      hint: "The column's type has changed since the load was planned, or the connection passes through something that alters it. Run again.",
      details: { column },
    },
  );
}

function key(column: string): string {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(column) ? column : JSON.stringify(column);
}
