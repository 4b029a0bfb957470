// Defects of a source that reads a live table, planted to see that the crash suite finds them. Each one changes what a
// sound source has planned, or the position at which it ends, into what an unsound one would have made of it.
import pg from 'pg';

/** What was loaded at the edge is known as a set: equal rows that come later are taken for those. */
function boundaryAsSet(source) {
  return withPlan(source, (plan) => {
    const { seen } = windowOf(plan);
    for (const hash of Object.keys(seen?.rows ?? {})) seen.rows[hash] = 1_000_000;
    return plan;
  });
}

/** The watermark is taken after the snapshot: what is committed in between is taken for read. */
function watermarkAfterSnapshot(source, { url }) {
  return withPlan(source, async (plan) => {
    const { high } = windowOf(plan);
    if (high === undefined) return plan;
    const later = await askOne(url, 'SELECT clock_timestamp()::text');
    return JSON.parse(JSON.stringify(plan).replaceAll(JSON.stringify(high), JSON.stringify(later)));
  });
}

/** The next load begins behind the greatest cursor that there is when the rows have been read, not when they were chosen. */
function greatestAfterRows(source, { url, table, incremental }) {
  let greatest;
  return {
    ...source,
    async *read(plan, partition, from) {
      yield* source.read(plan, partition, from);
      greatest = await askOne(url, `SELECT max(${incremental.cursor_column})::text FROM ${table}`);
    },
    finish(plan, ends) {
      const position = source.finish(plan, ends);
      return greatest === undefined ? position : { ...position, value: greatest };
    },
  };
}

/** By name: the source made into one that has the defect. */
export const SOURCE_FAULTS = {
  'boundary-as-set': boundaryAsSet,
  'watermark-after-snapshot': watermarkAfterSnapshot,
  'greatest-after-rows': greatestAfterRows,
};

function withPlan(source, change) {
  return { ...source, plan: async (request) => change(await source.plan(request)) };
}

/** The window, wherever the plan has it. */
function windowOf(plan) {
  const find = (value) => {
    if (typeof value !== 'object' || value === null) return undefined;
    if ('highInclusive' in value) return value;
    for (const part of Object.values(value)) {
      const found = find(part);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  return find(plan.spec) ?? {};
}

async function askOne(url, sql) {
  const names = { application_name: 'crash suite', options: '-c timezone=UTC' };
  const client = new pg.Client({ connectionString: url, ...names });
  await client.connect();
  try {
    const { rows } = await client.query({ text: sql, rowMode: 'array' });
    return rows[0][0];
  } finally {
    await client.end();
  }
}
