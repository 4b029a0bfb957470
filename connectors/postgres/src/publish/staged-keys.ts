import { DatacookError } from '@datacook/core';
import { quoteIdentifier } from '@datacook/toolkit';
import type { Session } from '../connection/session.js';
import type { Prepared } from '../write/prepared.js';

/** Throws DATA if a key, without NULL in it, comes twice among the staged rows. */
export async function requireDistinct(
  session: Session,
  { staging, table }: Prepared,
  key: readonly string[],
): Promise<void> {
  const names = key.map((name) => quoteIdentifier(name));
  const [result] = await session.run(
    `select count(*)::text from (
       select from ${staging.sql} where ${names.map((name) => `${name} is not null`).join(' and ')}
       group by ${names.join(', ')} having count(*) > 1
     ) twice`,
    { action: `look for keys that come twice in ${staging.sql}` },
  );
  const twice = result?.rows[0]?.[0];
  if (twice === '0') return;
  throw new DatacookError(
    'DATA',
    `${twice} keys (${key.join(', ')}) come twice among the rows for ${table.sql}, where they are unique.`,
    {
      hint: 'Nothing was changed. Leave the doubles out, or load by merge.',
      details: { keys: Number(twice) },
    },
  );
}
