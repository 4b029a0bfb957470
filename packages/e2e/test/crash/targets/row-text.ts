import type { TargetSystem, TargetTable } from './target.js';

/** How a column is written: `exact` as its own text, `quoted` as one that may hold anything, `time` in microseconds since 1970. */
export type ColumnText = 'exact' | 'quoted' | 'time';

const MICROSECONDS: Readonly<Record<TargetSystem, (column: string) => string>> = {
  duckdb: (column) => `epoch_us(${column})`,
  postgres: (column) => `(extract(epoch FROM ${column}) * 1000000)::bigint`,
};

/** SQL that makes of a row one text. */
export function rowText(columns: Readonly<Record<string, ColumnText>>, system: TargetSystem): string {
  return Object.entries(columns)
    .map(([name, text]) => columnText(name, text, system))
    .join(` || '|' || `);
}

/** A table, written the same in all systems. */
export function targetTable(name: string, columns: Readonly<Record<string, ColumnText>>): TargetTable {
  return { name, row: { duckdb: rowText(columns, 'duckdb'), postgres: rowText(columns, 'postgres') } };
}

function columnText(name: string, text: ColumnText, system: TargetSystem): string {
  if (text === 'quoted') return `coalesce('"' || replace(${name}, '"', '""') || '"', 'null')`;
  const value = text === 'time' ? MICROSECONDS[system](name) : name;
  return `coalesce(CAST(${value} AS VARCHAR), 'null')`;
}
