import type { BackfillRange } from '@datacook/engine';

/** The range that `--from` and `--to` ask for; undefined: neither is there. */
export function rangeOf({
  from,
  to,
}: {
  readonly from: string | undefined;
  readonly to: string | undefined;
}): BackfillRange | undefined {
  if (from === undefined && to === undefined) return undefined;
  return { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
}
