import type { Role } from '@datacook/core';
import { type PluginKey, parsePluginKey, pluginKey } from './roles.js';

const CONNECTORS: { readonly [type: string]: readonly Role[] } = {
  bigquery: ['source', 'destination'],
  duckdb: ['source', 'destination'],
  file: ['source', 'destination'],
  mysql: ['source', 'destination'],
  postgres: ['source', 'destination'],
  redshift: ['destination'],
  rest: ['source'],
  s3: ['source', 'destination'],
  snowflake: ['destination'],
};

const OTHERS: readonly (readonly [packageName: string, role: Role, types: readonly string[]])[] = [
  ['@datacook/state-local', 'state', ['local']],
  ['@datacook/state-sql', 'state', ['sql']],
  ['@datacook/state-s3', 'state', ['s3']],
  ['@datacook/state-dynamodb', 'state', ['dynamodb']],
  ['@datacook/format-csv', 'format', ['csv']],
  ['@datacook/format-jsonl', 'format', ['jsonl']],
  ['@datacook/format-parquet', 'format', ['parquet']],
  [
    '@datacook/transforms-standard',
    'transform',
    [
      'rename_columns',
      'cast_columns',
      'add_column',
      'drop_columns',
      'select_columns',
      'reorder_columns',
      'filter_rows',
      'audit_columns',
      'hash_columns',
      'mask_columns',
      'fill_nulls',
      'trim_columns',
      'normalize_names',
      'flatten',
      'unnest',
      'parse_json',
    ],
  ],
  ['@datacook/transforms-javascript', 'transform', ['function']],
  ['@datacook/transforms-sql', 'transform', ['sql']],
];

const PACKAGES: ReadonlyMap<PluginKey, string> = new Map([
  ...Object.entries(CONNECTORS).flatMap(([type, roles]) =>
    roles.map((role) => [pluginKey(role, type), `@datacook/connector-${type}`] as const),
  ),
  ...OTHERS.flatMap(([name, role, types]) => types.map((type) => [pluginKey(role, type), name] as const)),
]);

/** The package of datacook's own that provides a plug-in. */
export function officialPackage(role: Role, type: string): string | undefined {
  return PACKAGES.get(pluginKey(role, type));
}

/** The types that datacook's own packages provide in a role. */
export function officialTypes(role: Role): string[] {
  return [...PACKAGES.keys()]
    .map((key) => parsePluginKey(key)!)
    .flatMap((key) => (key.role === role ? [key.type] : []));
}

/** What a package of datacook's own provides; empty if it is none of them. */
export function officialKeys(packageName: string): PluginKey[] {
  return [...PACKAGES].flatMap(([key, name]) => (name === packageName ? [key] : []));
}
