import assert from 'node:assert/strict';
import type { Json } from '@datacook/core';
import { seededRandom } from '../crash/sample.js';
import { keysOf, rejected } from './rejected.js';
import type { StateCase } from './state-suite.js';

const SEED = 8;
const ROUNDS = 150;
/** What systems treat in a way of their own: quotes, escapes, patterns, case, half pairs, composed and decomposed. */
const CHARACTERS =
  'a A % _ \\ \' " / . * ? [ ] é e\u0301 Ü 😀 \ud83d \ude00 \0 \u0001 \n \ufffd \uffff ~ $1 :x ; --'.split(
    ' ',
  );

/** The contract of one backend that nobody disturbs. */
export const BASICS: readonly StateCase[] = [
  {
    name: 'knows nothing where nothing was saved, and changes nothing by looking',
    async run(place) {
      const backend = await place.open();
      const before = await place.contents();
      assert.equal(await backend.load('orders'), undefined);
      assert.deepEqual(await keysOf(backend.list('')), []);
      await rejected(backend.delete('orders', '1'), 'CONFLICT');
      await rejected(backend.save('orders', 1, '1'), 'CONFLICT');
      assert.deepEqual(await keysOf(backend.list('')), []);
      assert.deepEqual(await place.contents(), before);
    },
  },
  {
    name: 'saves only over the version that was expected, and says what it found',
    async run(place) {
      const backend = await place.open();
      const first = await backend.save('orders', 1, undefined);
      await rejected(backend.save('orders', 2, undefined), 'CONFLICT');
      const second = await backend.save('orders', 2, first);
      const error = await rejected(backend.save('orders', 3, first), 'CONFLICT');
      assert.ok(error.message.includes(second), error.message);
      assert.deepEqual(error.details['expected'], first);
      assert.deepEqual(error.details['found'], second);
      await rejected(backend.save('customers', 1, first), 'CONFLICT');
      assert.deepEqual(await backend.load('orders'), { value: 2, version: second });
      assert.equal(await backend.load('customers'), undefined);
    },
  },
  {
    name: 'is seen at once by another backend on the same place',
    async run(place) {
      const [one, other] = [await place.open(), await place.open()];
      const version = await one.save('orders', { position: [1, null, 'x'] }, undefined);
      assert.deepEqual(await other.load('orders'), { value: { position: [1, null, 'x'] }, version });
      await other.delete('orders', version);
      assert.equal(await one.load('orders'), undefined);
    },
  },
  {
    name: 'never gives a version twice, not even after the record was deleted',
    async run(place) {
      const backend = await place.open();
      const old = await backend.save('orders', 1, undefined);
      await rejected(backend.delete('orders', `${old}0`), 'CONFLICT');
      await backend.delete('orders', old);
      assert.equal(await backend.load('orders'), undefined);
      await rejected(backend.delete('orders', old), 'CONFLICT');
      await rejected(backend.save('orders', 1, old), 'CONFLICT');
      await backend.save('orders', 1, undefined);
      await rejected(backend.save('orders', 2, old), 'CONFLICT');
      await rejected(backend.delete('orders', old), 'CONFLICT');
    },
  },
  {
    name: 'lists keys by prefix, whatever characters they have',
    async run(place) {
      const backend = await place.open();
      const long = `runs/${'Ü'.repeat(500)}`;
      const keys = [
        '',
        'runs/1',
        'runs/2',
        'Runs/1',
        'runs%',
        'runs_1',
        'runs\\1',
        'a\0b',
        '😀',
        '\ud83d',
        'é',
        long,
      ];
      for (const key of keys) await backend.save(key, key.length, undefined);
      for (const prefix of [
        '',
        'runs',
        'runs/',
        'runs%',
        'runs_',
        'runs\\',
        'RUNS',
        'a\0',
        '\ud83d',
        'e',
        'é',
        '%',
      ]) {
        const expected = keys.filter((key) => key.startsWith(prefix)).sort();
        assert.deepEqual(await keysOf(backend.list(prefix)), expected, JSON.stringify(prefix));
      }
    },
  },
  {
    name: 'gives back every value under every key',
    async run(place) {
      const backend = await place.open();
      const random = seededRandom(SEED);
      const expected = new Map<string, Json>();
      for (let round = 0; round < ROUNDS; round++) {
        const key = round === 0 ? '__proto__' : textOf(random, 12);
        const value = jsonOf(random, 3);
        await backend.save(key, value, (await backend.load(key))?.version);
        expected.set(key, value);
        assert.deepEqual((await backend.load(key))?.value, value, JSON.stringify(key));
      }
      for (const [key, value] of expected) assert.deepEqual((await backend.load(key))?.value, value);
      assert.deepEqual(await keysOf(backend.list('')), [...expected.keys()].sort());
    },
  },
  {
    name: 'refuses a value that JSON would change silently, and saves nothing',
    async run(place) {
      const backend = await place.open();
      const values: unknown[] = [
        Number.NaN,
        { a: [undefined] },
        new Date(0),
        1n,
        { a: Number.POSITIVE_INFINITY },
      ];
      for (const value of values)
        await rejected(backend.save('orders', value as Json, undefined), 'INTERNAL');
      const error = await rejected(
        backend.save('orders', { a: [undefined] } as never, undefined),
        'INTERNAL',
      );
      assert.ok(error.message.includes('value.a[0]'), error.message);
      assert.equal(await backend.load('orders'), undefined);
    },
  },
];

function textOf(random: () => number, maxLength: number): string {
  const length = Math.floor(random() * maxLength);
  return Array.from({ length }, () => CHARACTERS[Math.floor(random() * CHARACTERS.length)]!).join('');
}

function jsonOf(random: () => number, depth: number): Json {
  const kinds = depth === 0 ? 5 : 7;
  switch (Math.floor(random() * kinds)) {
    case 0:
      return null;
    case 1:
      return random() < 0.5;
    case 2:
      return Math.floor((random() - 0.5) * 2 ** 53);
    case 3:
      return (random() - 0.5) * 10 ** Math.floor(random() * 600 - 300);
    case 4:
      return textOf(random, 20);
    case 5:
      return Array.from({ length: Math.floor(random() * 4) }, () => jsonOf(random, depth - 1));
    default: {
      const names = Array.from({ length: Math.floor(random() * 4) }, () => textOf(random, 5));
      return Object.fromEntries(names.map((name) => [name, jsonOf(random, depth - 1)]));
    }
  }
}
