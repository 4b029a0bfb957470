import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { changeState, type RunReport, runRecipe, type StateChange } from '@datacook/engine';
import { loadRecipe } from '@datacook/recipe';
import { discoverPlugins } from '@datacook/registry';
import { DuckDBInstance } from '@duckdb/node-api';

/** How the recipe of a test differs from appending what is new in `data/*.csv` to `rows`. */
export interface Loading {
  readonly mode?: 'append' | 'merge' | 'replace';
  /** `transform.steps`, as YAML in flow style. */
  readonly steps?: string;
  readonly runtime?: string;
}

/** A folder with CSV files and a recipe, and the DuckDB file that it loads into. */
export class FileToDuckDB {
  readonly folder = mkdtempSync(join(tmpdir(), 'datacook-trap-'));

  constructor() {
    mkdirSync(join(this.folder, 'data'));
  }

  write(name: string, text: string): void {
    writeFileSync(join(this.folder, 'data', name), text);
  }

  removeState(): void {
    rmSync(join(this.folder, 'state'), { recursive: true });
  }

  async run(loading: Loading = {}): Promise<RunReport> {
    const { recipe, plugins } = await this.#load(loading);
    return (await runRecipe(recipe, { plugins })).report;
  }

  async change(change: StateChange, loading: Loading = {}): Promise<void> {
    const { recipe, plugins } = await this.#load(loading);
    await changeState(recipe, change, { plugins });
  }

  /** Asks the target by DuckDB's own means, while no run is under way: rows of texts. */
  async target(sql: string): Promise<(string | null)[][]> {
    const instance = await DuckDBInstance.create(join(this.folder, 'out.duckdb'));
    try {
      const connection = await instance.connect();
      const reader = await connection.runAndReadAll(sql);
      const rows = reader.getRows().map((row) => row.map((value) => (value === null ? null : String(value))));
      connection.closeSync();
      return rows;
    } finally {
      instance.closeSync();
    }
  }

  /** The ids of the target, in order. */
  async ids(): Promise<number[]> {
    return (await this.target('SELECT id FROM rows ORDER BY TRY_CAST(id AS BIGINT)')).map(([id]) =>
      Number(id),
    );
  }

  close(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  async #load({ mode = 'append', steps = '[]', runtime = '{}' }: Loading) {
    writeFileSync(
      join(this.folder, 'recipe.yaml'),
      `name: trap
source: { type: file, path: data/*.csv, format: csv, ${mode === 'replace' ? '' : 'incremental: { strategy: new_files }'} }
transform: { steps: ${steps} }
destination: { type: duckdb, path: out.duckdb, table: rows, write_mode: ${mode}, ${mode === 'merge' ? 'merge_keys: [id]' : ''} }
runtime: ${runtime}
state: { type: local, path: state }
`,
    );
    return {
      recipe: await loadRecipe(join(this.folder, 'recipe.yaml')),
      plugins: await discoverPlugins({ from: import.meta.dirname }),
    };
  }
}
