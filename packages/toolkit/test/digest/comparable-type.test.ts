import { expect, test } from 'vitest';
import { comparableType, parseType, typeToString } from '../../src/index.js';

const comparable = (a: string, b: string) => {
  const type = comparableType(parseType(a), parseType(b));
  return type && typeToString(type);
};

test.each([
  ['int8', 'int64', 'int64'],
  ['uint64', 'decimal(20,0)', 'numeric'],
  ['decimal(5,2)', 'numeric', 'numeric'],
  ['float32', 'float64', 'float64'],
  ['timestamp', 'timestamp_ns', 'timestamp_ns'],
  ['timestamp_ns', 'timestamp', 'timestamp_ns'],
  ['list<int32>', 'list<int64>', 'list<int64>'],
  ['struct<a: int8, b: utf8>', 'struct<a: int64, b: utf8>', 'struct<a: int64, b: utf8>'],
])('%s and %s are compared as %s', (a, b, type) => {
  expect(comparable(a, b)).toBe(type);
});

test.each([
  ['timestamp', 'timestamptz'],
  ['int32', 'float64'],
  ['utf8', 'json'],
  ['utf8', 'int32'],
  ['list<int32>', 'list<utf8>'],
  ['struct<a: int8>', 'struct<b: int8>'],
  ['struct<a: int8>', 'struct<a: int8, b: int8>'],
])('%s and %s have no text in common', (a, b) => {
  expect(comparable(a, b)).toBeUndefined();
  expect(comparable(b, a)).toBeUndefined();
});
