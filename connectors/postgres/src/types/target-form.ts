import type { DataType } from '@datacook/core';
import type { ScalarWire } from './pg-column.js';

/**
 * What a column takes, under all domains.
 *
 * - `scalar`: a built-in type, by its OID; `typmod` is -1 without length or precision.
 * - `enum`: a label, sent as text is.
 * - `array`: `elementOid` is the element's own type, also if that is a domain; `delimiter` stands between elements in
 *   texts.
 * - `other`: what we know nothing of, and which the server makes of its text alone.
 */
export type TargetForm =
  | {
      readonly kind: 'scalar';
      readonly oid: number;
      readonly typmod: number;
      readonly wire: ScalarWire;
      readonly type: DataType;
    }
  | { readonly kind: 'enum' }
  | {
      readonly kind: 'array';
      readonly elementOid: number;
      readonly element: TargetForm;
      readonly delimiter: string;
    }
  | { readonly kind: 'other' };

/** Whether values can be sent in the binary format. */
export function isBinary(form: TargetForm): boolean {
  return form.kind === 'array' ? isBinary(form.element) : form.kind !== 'other';
}
