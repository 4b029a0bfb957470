import type { Json } from '@datacook/core';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { Findings } from '../src/finding.js';
import { markedNames, markedNodes, propertiesAt } from '../src/json-schema.js';
import type { MapNode } from '../src/node.js';
import { convertObject } from '../src/object.js';

const tree = z.strictObject({
  file: z.string().meta({ datacook: 'path' }),
  get children() {
    return z.array(tree).optional();
  },
});
const SCHEMA = z.toJSONSchema(
  z.strictObject({
    root: tree,
    url: z.string().optional().meta({ datacook: 'secret', address: true }),
    host: z.string().meta({ datacook: 'address' }).default('h'),
    either: z.union([z.string(), z.strictObject({ key: z.string().meta({ datacook: 'secret' }) })]),
    map: z.record(z.string(), z.string().meta({ datacook: 'path' })),
  }),
  { io: 'input' },
) as Json;

const config = (value: object) =>
  convertObject(value, { file: 'x', directory: '/', index: 0 }, new Findings()) as MapNode;

describe('a configuration’s schema', () => {
  it('names the keys at a path, through references and alternatives', () => {
    expect(propertiesAt(SCHEMA, [])).toEqual(['root', 'url', 'host', 'either', 'map']);
    expect(propertiesAt(SCHEMA, ['root', 'children', 0, 'children', 5])).toEqual(['file', 'children']);
    expect(propertiesAt(SCHEMA, ['either'])).toEqual(['key']);
    expect(propertiesAt(SCHEMA, ['nothing', 'here'])).toEqual([]);
    expect(propertiesAt(undefined, [])).toEqual([]);
  });
  it('names what is an address', () => {
    expect(markedNames(SCHEMA, 'address')).toEqual(['url', 'host']);
  });
  it('finds marked values at any depth', () => {
    const value = config({
      root: { file: 'a', children: [{ file: 'b', children: [{ file: 'c' }] }] },
      map: { x: 'd' },
      either: { key: 'k' },
    });
    expect(markedNodes(SCHEMA, value, 'path').map(({ path }) => path.join('.'))).toEqual([
      'root.file',
      'root.children.0.file',
      'root.children.0.children.0.file',
      'map.x',
    ]);
    expect(markedNodes(SCHEMA, value, 'secret').map(({ path }) => path)).toEqual([['either', 'key']]);
  });
});
