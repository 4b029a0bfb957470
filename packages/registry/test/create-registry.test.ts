import { type Definition, defineFormat, defineSource } from '@datacook/core';
import { describe, expect, test } from 'vitest';
import { createRegistry } from '../src/create-registry.js';
import { discoverPlugins } from '../src/discover-plugins.js';
import { CSV, loaded, POSTGRES, Project } from './project.js';

const open = () => {
  throw new Error('not opened here');
};
const parser = { parse: (value: unknown) => value };
const csv = defineFormat({ type: 'csv', config: parser, open });

describe('createRegistry', () => {
  test('holds what it is given', async () => {
    const source = defineSource({ type: 'rows', config: parser, maxWriters: 2, modes: {}, open });
    const registry = createRegistry([csv, source]);
    expect(registry.list()).toEqual([
      {
        role: 'source',
        type: 'rows',
        package: '(in code)',
        packageVersion: '',
        contract: 1,
        needs: [],
        maxWriters: 2,
        modes: {},
      },
      { role: 'format', type: 'csv', package: '(in code)', packageVersion: '', contract: 1, needs: [] },
    ]);
    expect(await registry.load('source', 'rows')).toBe(source);
    expect(await registry.config('format', 'csv')).toBe(parser);
    expect(() => registry.find('source', 'row')).toThrow('unknown source type "row"');
  });

  test('asks a configuration for the JSON Schema of its input', () => {
    const config = { ...parser, toJSONSchema: (options: unknown) => ({ asked: options }) };
    const registry = createRegistry([defineFormat({ type: 'csv', config, open })]);
    expect(registry.find('format', 'csv').configSchema).toEqual({ asked: { io: 'input' } });
  });

  test('refuses a configuration that has no JSON Schema, since its secrets would not be known', () => {
    const config = {
      ...parser,
      toJSONSchema() {
        throw new Error('a transform');
      },
    };
    expect(() => createRegistry([defineFormat({ type: 'csv', config, open })])).toThrow(
      'the config of format:csv has no JSON Schema: a transform',
    );
  });

  test('stands before a base, whose other plug-ins it hands on', async () => {
    const project = new Project().root('.', [
      '@datacook/format-csv',
      'datacook-connector-pg',
      'datacook-state-none',
    ]);
    project.plugin('node_modules/@datacook/format-csv', '@datacook/format-csv', [CSV]);
    project.plugin('node_modules/datacook-connector-pg', 'datacook-connector-pg', [POSTGRES]);
    const base = await discoverPlugins({ from: project.folder });
    const registry = createRegistry([csv], base);
    expect(registry.list().map((info) => [info.type, info.package, info.note])).toEqual([
      ['postgres', 'datacook-connector-pg', undefined],
      ['none', 'datacook-state-none', undefined],
      ['csv', '(in code)', 'it stands before @datacook/format-csv 1.2.3'],
    ]);
    expect(await registry.load('format', 'csv')).toBe(csv);
    expect(registry.find('source', 'postgres')).toBe(base.find('source', 'postgres'));
    expect(loaded).toEqual([]);
    expect(await registry.load('source', 'postgres')).toBe(await base.load('source', 'postgres'));
    expect(await registry.config('source', 'postgres')).toBe(await base.config('source', 'postgres'));
    expect(() => registry.find('state', 'none')).toThrow('is not installed');
    expect(() => registry.find('format', 'cvs')).toThrow(
      expect.objectContaining({
        details: { role: 'format', type: 'cvs', installed: ['csv'], near: ['csv'] },
      }),
    );
  });

  test('refuses one twice, another contract, and what is no definition', () => {
    expect(() => createRegistry([csv, csv])).toThrow('the plug-in format:csv is handed in twice');
    const later = { ...csv, contract: 2 } as unknown as Definition;
    expect(() => createRegistry([later])).toThrow('format:csv speaks contract 2, and this datacook speaks 1');
    expect(() => createRegistry([{ role: 'format', type: 'x' } as unknown as Definition])).toThrow(
      'format:x',
    );
  });
});
