import { describe, expect, test } from 'vitest';
import { discoverPlugins } from '../src/discover-plugins.js';
import { unknownTypeError } from '../src/unknown-type.js';
import { CSV, POSTGRES, Project } from './project.js';

const INSTALLED = { source: ['postgres', 'file'], format: ['csv'] } as {
  readonly [role: string]: readonly string[];
};
const installed = (role: string) => INSTALLED[role] ?? [];

describe('unknownTypeError', () => {
  test.each([
    ['source', 'postgrs', 'Did you mean "postgres"? Installed source types: file, postgres.'],
    ['source', 'Postgres', 'Did you mean "postgres"? Installed source types: file, postgres.'],
    [
      'source',
      'mysql',
      'It comes with @datacook/connector-mysql: run `npm install @datacook/connector-mysql`. Installed source types: file, postgres.',
    ],
    [
      'destination',
      'postgrs',
      'Did you mean "postgres"? It comes with @datacook/connector-postgres: run `npm install @datacook/connector-postgres`. No destination is installed.',
    ],
    ['source', 'csv', '"csv" is a format, not a source. Installed source types: file, postgres.'],
    [
      'transform',
      'rename-column',
      'Did you mean "rename_columns"? It comes with @datacook/transforms-standard: run `npm install @datacook/transforms-standard`. No transform is installed.',
    ],
    [
      'transform',
      'function',
      'It comes with @datacook/transforms-javascript: run `npm install @datacook/transforms-javascript`. No transform is installed.',
    ],
    [
      'state',
      'zookeeper',
      'Install the package that provides it: it must be a dependency in a package.json above the recipe. No state is installed.',
    ],
  ] as const)('of a %s "%s" says what to do', (role, type, hint) => {
    const error = unknownTypeError(role, type, installed);
    expect(error).toMatchObject({ code: 'CONFIG', message: `unknown ${role} type "${type}"`, hint });
  });

  test('is what a registry throws, also for a type that is a name of every object', async () => {
    const project = new Project().root('.', ['@datacook/format-csv', '@datacook/connector-postgres']);
    project.plugin('node_modules/@datacook/format-csv', '@datacook/format-csv', [CSV]);
    project.plugin('node_modules/@datacook/connector-postgres', '@datacook/connector-postgres', [POSTGRES], {
      contract: 2,
    });
    const registry = await discoverPlugins({ from: project.folder });
    expect(() => registry.find('source', 'postgrs')).toThrow('unknown source type "postgrs"');
    await expect(registry.load('format', 'constructor')).rejects.toMatchObject({
      code: 'CONFIG',
      details: { role: 'format', type: 'constructor', installed: ['csv'], near: [] },
    });
    await expect(registry.config('format', '')).rejects.toThrow('unknown format type ""');
  });
});
