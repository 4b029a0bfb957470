import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Context } from '@datacook/core';
import { expect, test } from 'vitest';
import { z } from 'zod';
import duckdbConfig, { urlToPath } from '../src/config.js';
import definition from '../src/destination.js';
import { openDestination } from '../src/duckdb-destination.js';
import { folder, sql, target } from './support.js';

const context = { signal: new AbortController().signal } as Context;

test('one address, and only known keys', () => {
  expect(duckdbConfig.parse({ path: 'a.duckdb' })).toEqual({ path: 'a.duckdb', memory_limit: '256mb' });
  expect(
    duckdbConfig.parse({ conn_id: 'dw', path: '/laid/over.duckdb', threads: 2, memory_limit: '1gb' }),
  ).toMatchObject({ threads: 2 });
  for (const path of ['C:\\data\\a.duckdb', 'C:/a.duckdb', 'a:b.duckdb', 'amd:x/a.csv', './md/a.db'])
    expect(duckdbConfig.parse({ path }).path).toBe(path);
  const refused: [unknown, string][] = [
    [{}, 'path, url or conn_id'],
    [{ path: 'a', url: 'duckdb:///a' }, 'not both'],
    [{ path: ':memory:' }, 'would be gone'],
    [{ path: '/recipes/:memory:' }, 'would be gone'],
    ...[
      's3://bucket/a.duckdb',
      'https://host/a.duckdb',
      'duckdb:///a.duckdb',
      'file:a.duckdb',
      'md:',
      'md:sales',
      '/recipes/sqlite:a.db',
      'C:\\recipes\\ducklake:a',
      '/recipes/postgres:host=/run dbname=a',
    ].map((path): [unknown, string] => [{ path }, 'local files only']),
    [{ url: 'duckdb://rel/a.duckdb' }, 'absolute path'],
    [{ url: 'duckdb:///a.duckdb?x=1' }, 'absolute path'],
    [{ url: 'postgres:///a' }, 'absolute path'],
    [{ url: 'duckdb:///folder/' }, 'absolute path'],
    [{ url: 'duckdb:///%zz' }, 'absolute path'],
    [{ path: 'a', memory_limit: 'lots' }, 'memory_limit'],
    [{ path: 'a', threads: 0 }, 'threads'],
    [{ path: 'a', pth: 'b' }, 'pth'],
  ];
  for (const [config, text] of refused)
    expect(() => duckdbConfig.parse(config), JSON.stringify(config)).toThrow(text);
});

test('a URL names a file, with what it encodes decoded', () => {
  expect(urlToPath('duckdb:///data/my%20sales.duckdb')).toBe('/data/my sales.duckdb');
  expect(urlToPath('duckdb:///C:/data/a.duckdb')).toBe('C:/data/a.duckdb');
});

test('the schema bears the marks', () => {
  expect(z.toJSONSchema(duckdbConfig, { io: 'input' })).toMatchObject({
    additionalProperties: false,
    properties: {
      path: { datacook: 'path', address: true },
      url: { address: true },
      conn_id: {},
      memory_limit: {},
      threads: {},
    },
  });
});

test('the identity is the path as written, or the connection, and nothing of the machine', () => {
  const identity = (config: unknown) => definition.identity?.(duckdbConfig.parse(config));
  expect(identity({ path: 'out/a.duckdb', memory_limit: '1gb' })).toEqual({ path: 'out/a.duckdb' });
  expect(identity({ conn_id: 'dw', url: 'duckdb:///x/a.duckdb' })).toEqual({ conn_id: 'dw' });
  expect(identity({ url: 'duckdb:///x/a.duckdb' })).toEqual({ path: '/x/a.duckdb' });
});

test('it declares what it does', () => {
  expect(definition).toMatchObject({
    contract: 1,
    role: 'destination',
    type: 'duckdb',
    modes: { append: 'exactly_once', merge: 'exactly_once', replace: 'exactly_once' },
    maxWriters: 1,
  });
});

test('a connection with a URL opens; one without an address says so', async () => {
  const path = join(folder(), 'a b.duckdb');
  const url = `duckdb://${encodeURI(path)}`;
  const destination = openDestination(duckdbConfig.parse({ conn_id: 'dw', url }), context);
  await destination.claim(target(), 'o');
  await destination.close();
  expect(await sql(path, 'SELECT key FROM _datacook_heads')).toEqual([{ key: 'recipe/stream' }]);
  expect(() => openDestination(duckdbConfig.parse({ conn_id: 'dw' }), context)).toThrow(
    'dw names no DuckDB file',
  );
});

test('a folder in the place of the file, or none for it, is known when the disk is asked', async () => {
  const dir = folder();
  const file = join(dir, 'a.txt');
  writeFileSync(file, 'text');
  const paths = [dir, join(dir, 'none', 'a.duckdb'), join(file, 'a.duckdb'), join(file, 'sub', 'a.duckdb')];
  for (const path of paths) {
    const destination = openDestination(duckdbConfig.parse({ path }), context);
    await expect(destination.check?.(), path).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(destination.peek(target()), path).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await destination.close();
  }
});

test('a text file is refused before anything is written', async () => {
  const path = join(folder(), 'out.csv');
  writeFileSync(path, 'id\n1\n');
  const destination = openDestination(duckdbConfig.parse({ path }), context);
  await expect(destination.claim(target(), 'o')).rejects.toMatchObject({
    code: 'DATA',
    message: `${path} is not a DuckDB file.`,
  });
  await destination.close();
  expect(readFileSync(path, 'utf8')).toBe('id\n1\n');
});
