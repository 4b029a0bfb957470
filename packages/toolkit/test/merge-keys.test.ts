import type { Schema, Target } from '@datacook/core';
import { expect, test } from 'vitest';
import { requireMergeKeys, requireMergeKeysIn } from '../src/merge-keys.js';

const target = (over: Partial<Target> = {}): Target => ({
  key: 'recipe/stream',
  table: 'orders',
  mode: 'merge',
  mergeKeys: ['id'],
  load: 'l',
  ...over,
});

const schema = (...names: string[]): Schema => ({
  fields: names.map((name) => ({ name, type: { kind: 'utf8' }, nullable: true })),
});

const refusal = (message: string, hint: string) => expect.objectContaining({ code: 'SCHEMA', message, hint });

test('keys and order that stream and table have are fine', () => {
  const wants = target({ mergeKeys: ['id', 'day'], mergeOrder: 'at' });
  expect(() => requireMergeKeys(wants, schema('at', 'day', 'id'), ['id', 'day', 'at'])).not.toThrow();
  expect(() => requireMergeKeys(wants, schema('at', 'day', 'id'), undefined)).not.toThrow();
  expect(() => requireMergeKeysIn(wants, schema('day', 'id', 'at'))).not.toThrow();
});

test('a merge without keys is refused', () => {
  expect(() => requireMergeKeys(target({ mergeKeys: [] }), schema('id'), undefined)).toThrow(
    refusal(
      'A merge into orders needs keys, and none are said.',
      'Name the columns that tell rows apart, as in merge_keys: [id].',
    ),
  );
});

test('what lacks a column is named, with what may be meant', () => {
  expect(() => requireMergeKeys(target(), schema('Id', 'name'), undefined)).toThrow(
    refusal(
      'Neither the stream nor the table orders has the column "id", which is a merge key.',
      'Is "Id" meant? Names must be the same to the letter.',
    ),
  );
  expect(() => requireMergeKeys(target(), schema('id'), ['number'])).toThrow(
    refusal(
      'The table orders doesn\'t have the column "id", which is a merge key.',
      'The columns are: number.',
    ),
  );
  expect(() => requireMergeKeysIn(target({ mergeOrder: 'changed_at' }), schema('id'))).toThrow(
    refusal(
      'The stream doesn\'t have the column "changed_at", which is the order of the merge.',
      'The columns are: id.',
    ),
  );
});
