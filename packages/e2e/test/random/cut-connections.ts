import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { WriteMode } from '@datacook/core';
import {
  type ChildProgram,
  type CutPoint,
  compareContents,
  drawCutPoints,
  type FaultProxy,
  runAlone,
  sharedPostgres,
  startFaultProxy,
  type TestDatabase,
} from '@datacook/testkit';
import pg from 'pg';
import { CHILD } from '../crash/child-program.js';
import { KEYED, setUpSql } from '../crash/postgres-workload.js';
import { PostgresTarget } from '../crash/targets/postgres-target.js';

const SIDES = ['source', 'target'] as const;
type Side = (typeof SIDES)[number];

/** What cuts brought. */
export interface CutReport {
  readonly name: string;
  readonly rows: number;
  /** Connections that were cut, by side. */
  readonly cuts: Readonly<Record<Side, number>>;
  /** Runs that went through all the same, by their own retries; and those that said CONNECTION and were run again. */
  readonly throughs: number;
  readonly again: number;
  readonly seed: number;
  readonly wrong: readonly string[];
}

export interface CutOptions {
  readonly rows: number;
  readonly count: number;
  readonly seed: number;
}

/**
 * Loads a table from Postgres to Postgres again and again, each time from nothing, and cuts one connection of either
 * side at a random byte. What is there in the end has to be the table.
 */
export async function cutConnections(mode: WriteMode, { rows, count, seed }: CutOptions): Promise<CutReport> {
  const place = await CutPlace.open(mode, rows);
  const cuts = { source: 0, target: 0 };
  const wrong: string[] = [];
  let throughs = 0;
  let again = 0;
  try {
    const recorded = await place.record();
    for (const [number, { side, point }] of draw(recorded, { seed, count }).entries()) {
      const trial = `cut ${number + 1} of the ${side}'s connection ${point.connection}, ${point.afterBytes} bytes ${point.direction} (${point.kind})`;
      const { complaints, wasCut, wasRunAgain } = await place.load(side, point);
      if (wasCut) cuts[side] += 1;
      if (wasRunAgain) again += 1;
      else if (complaints.length === 0) throughs += 1;
      if (complaints.length > 0) wrong.push(`${trial}: ${complaints.join(' | ')}`);
    }
  } finally {
    await place.close();
  }
  const name = `postgres > postgres, ${mode}`;
  console.log(
    `${name}: rows ${rows}, connections cut ${cuts.source} of the source and ${cuts.target} of the target, ` +
      `went through ${throughs}, run again ${again}, wrong ${wrong.length} (seed ${seed})`,
  );
  for (const text of wrong) console.log(`  ${text}`);
  return { name, rows, cuts, throughs, again, seed, wrong };
}

type Recorded = Readonly<Record<Side, ReturnType<FaultProxy['traffic']>>>;

function draw(recorded: Recorded, { seed, count }: Omit<CutOptions, 'rows'>) {
  const [source, target] = SIDES.map((side, index) =>
    drawCutPoints(recorded[side], { seed: seed + index, count: Math.ceil(count / 2) }).map((point) => ({
      side,
      point,
    })),
  );
  return source!.flatMap((cut, index) => [cut, target![index]!]).slice(0, count);
}

/** A table, an empty target, and a proxy in front of each. */
class CutPlace {
  readonly #folder = mkdtempSync(join(tmpdir(), 'datacook-cut-'));
  readonly #child: ChildProgram = { script: CHILD, args: () => ['recipe.yaml', '--plain-state'] };
  readonly #source: TestDatabase;
  readonly #target: PostgresTarget;
  readonly #proxies: Readonly<Record<Side, FaultProxy>>;
  readonly #rows: readonly string[];

  private constructor(
    source: TestDatabase,
    target: PostgresTarget,
    proxies: Readonly<Record<Side, FaultProxy>>,
    rows: readonly string[],
  ) {
    this.#source = source;
    this.#target = target;
    this.#proxies = proxies;
    this.#rows = rows;
  }

  static async open(mode: WriteMode, rows: number): Promise<CutPlace> {
    const { url, database } = sharedPostgres();
    const source = await database();
    const texts = await fill(source.url, rows);
    const target = await PostgresTarget.open(KEYED.target);
    await target.putAside('empty');
    const { hostname: host, port } = new URL(url);
    const start = () => startFaultProxy({ host, port: Number(port) });
    const place = new CutPlace(source, target, { source: await start(), target: await start() }, texts);
    place.#writeRecipe(mode, Math.ceil(rows / 8));
    return place;
  }

  /** What passes while nothing is cut. */
  async record(): Promise<Recorded> {
    const { complaints } = await this.load(undefined, undefined);
    if (complaints.length > 0) throw new Error(`the load that nobody cut: ${complaints.join(' | ')}`);
    return { source: this.#proxies.source.traffic(), target: this.#proxies.target.traffic() };
  }

  /** Loads all from nothing, with a cut; again if that was too much for it. */
  async load(side: Side | undefined, point: CutPoint | undefined) {
    await this.#target.layOut('empty');
    rmSync(join(this.#folder, 'state'), { recursive: true, force: true });
    for (const each of SIDES) {
      const isMeant = (connection: number) => each === side && connection === point?.connection;
      this.#proxies[each].restart((connection) =>
        point !== undefined && isMeant(connection) ? { cut: point } : {},
      );
    }
    const complaints: string[] = [];
    let { code, output } = await runAlone(this.#child, this.#folder);
    const wasCut = side !== undefined && this.#proxies[side].cuts() > 0;
    const wasRunAgain = code !== 0;
    if (wasRunAgain) {
      if (code !== 1 || !/^CONNECTION: /m.test(output))
        complaints.push(`it ended with ${code}: ${output.trim()}`);
      ({ code, output } = await runAlone(this.#child, this.#folder));
      if (code !== 0) complaints.push(`run again, it ended with ${code}: ${output.trim()}`);
    }
    const { rows = [], others } = await this.#target.read();
    complaints.push(...compareContents(this.#rows, rows).complaints);
    if (others.length > 0) complaints.push(`tables are left over: ${others.join(', ')}`);
    return { complaints, wasCut, wasRunAgain };
  }

  async close(): Promise<void> {
    for (const side of SIDES) await this.#proxies[side].close();
    await this.#target.close();
    await this.#source.drop();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #writeRecipe(mode: WriteMode, checkpoint: number): void {
    const url = (side: Side, database: string) =>
      `"${this.#proxies[side].through(database)}?sslmode=disable"`;
    const text = `name: cut_orders
source:
  type: postgres
  url: ${url('source', this.#source.url)}
  table: public.orders
  incremental: { strategy: cursor, cursor_column: revision }
destination: { type: postgres, url: ${url('target', this.#target.url)}, table: public.orders, write_mode: ${mode} }
state: { type: local, path: state }
runtime:
  batch_size: ${Math.ceil(checkpoint / 3)}
  parallelism: 3
  checkpoint: { rows: ${checkpoint} }
  retry_backoff: { initial_ms: 20, max_ms: 100 }
`;
    // A replace reads everything each time.
    writeFileSync(
      join(this.#folder, 'recipe.yaml'),
      mode === 'replace' ? text.replace(/ {2}incremental: .*\n/, '') : text,
    );
  }
}

/** Makes the table, and says its rows. */
async function fill(url: string, rows: number): Promise<readonly string[]> {
  const client = new pg.Client({ connectionString: url, application_name: 'crash suite' });
  await client.connect();
  try {
    await client.query(`${setUpSql(KEYED)};
      INSERT INTO orders SELECT 9007199254840993 + n, 1, 'name ' || n, n * 0.01,
        timestamptz '2024-03-01 00:00:00+00' + n * interval '1 microsecond', 18446744073709560000 + n / 3
        FROM generate_series(1, ${rows}) AS n`);
    const all = await client.query<unknown[]>({
      text: `SELECT ${KEYED.rowInPostgres} FROM orders`,
      rowMode: 'array',
    });
    return all.rows.map(([row]) => String(row));
  } finally {
    await client.end();
  }
}
