import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Json } from '@datacook/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LocalStateBackend } from '../src/local-state-backend.js';
import definition from '../src/state.js';
import { temporaryFolder } from './folder.js';

async function keys(backend: LocalStateBackend, prefix = ''): Promise<string[]> {
  const found: string[] = [];
  for await (const key of backend.list(prefix)) found.push(key);
  return found.sort();
}

describe('LocalStateBackend', () => {
  test('is what the plug-in opens', async () => {
    const path = temporaryFolder();
    const config = definition.config.parse({ path });
    const backend = await definition.open(config, {} as never);
    await backend.save('orders', 1, undefined);
    expect(readdirSync(path)).toContain('orders.json');
    expect(() => definition.config.parse({ path, lock: true })).toThrow(/lock/);
  });

  test('knows nothing where there is no folder, and makes none by looking', async () => {
    const path = join(temporaryFolder(), 'a', 'b');
    const backend = new LocalStateBackend(path);
    expect(await backend.load('orders')).toBeUndefined();
    expect(await keys(backend)).toEqual([]);
    await expect(backend.delete('orders', '1')).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(() => statSync(path)).toThrow();
  });

  test('makes the folder when something is first saved, for the owner alone', async () => {
    const path = join(temporaryFolder(), 'a', 'b');
    await new LocalStateBackend(path).save('orders', { position: 1 }, undefined);
    expect(statSync(path).mode & 0o777).toBe(0o700);
    expect(statSync(join(path, 'orders.json')).mode & 0o777).toBe(0o600);
  });

  test('keeps one readable file a key, the version before it, and nothing else', async () => {
    const path = temporaryFolder();
    const backend = new LocalStateBackend(path);
    const first = await backend.save('orders', 'first', undefined);
    const second = await backend.save('orders', 'second', first);
    await backend.save('orders', 'third', second);
    expect(readdirSync(path).sort()).toEqual(['orders.json', 'orders.json.previous']);
    expect(JSON.parse(readFileSync(join(path, 'orders.json'), 'utf8'))).toMatchObject({
      version: 1,
      key: 'orders',
      revision: expect.stringMatching(/^3-/),
      saved_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      value: 'third',
    });
    expect(JSON.parse(readFileSync(join(path, 'orders.json.previous'), 'utf8'))).toMatchObject({
      revision: second,
      value: 'second',
    });
  });

  test('never gives a version twice, not even after the record was deleted', async () => {
    const path = temporaryFolder();
    const backend = new LocalStateBackend(path);
    const old = await backend.save('orders', 1, undefined);
    await backend.delete('orders', old);
    expect(await backend.load('orders')).toBeUndefined();
    expect(JSON.parse(readFileSync(join(path, 'orders.json.previous'), 'utf8'))).toMatchObject({ value: 1 });
    await expect(backend.delete('orders', old)).rejects.toMatchObject({ code: 'CONFLICT' });
    await backend.save('orders', 1, undefined);
    await expect(backend.save('orders', 2, old)).rejects.toMatchObject({ code: 'CONFLICT' });
    await expect(backend.delete('orders', old)).rejects.toMatchObject({ code: 'CONFLICT' });
  });

  test('lets one of many savers in one process win', async () => {
    const path = temporaryFolder();
    const results = await Promise.allSettled(
      Array.from({ length: 20 }, (_, index) => new LocalStateBackend(path).save('orders', index, undefined)),
    );
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await keys(new LocalStateBackend(path))).toEqual(['orders']);
    expect(readdirSync(path)).toEqual(['orders.json']);
  });

  test('lists keys by prefix, long ones and odd ones too', async () => {
    const path = temporaryFolder();
    const backend = new LocalStateBackend(path);
    const long = `runs/${'Ü'.repeat(500)}`;
    for (const key of ['runs/1', 'runs/2', 'Runs/1', '', 'lock', long])
      await backend.save(key, key, undefined);
    writeFileSync(join(path, 'Read Me.json'), '{}');
    mkdirSync(join(path, 'folder'));
    expect(await keys(backend)).toEqual(['', 'Runs/1', 'lock', 'runs/1', 'runs/2', long].sort());
    expect(await keys(backend, 'runs/')).toEqual(['runs/1', 'runs/2', long].sort());
    expect((await backend.load(long))?.value).toBe(long);
  });

  test('gives back every value under every key', async () => {
    const path = temporaryFolder();
    const backend = new LocalStateBackend(path);
    const expected = new Map<string, Json>();
    const key = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 150 }),
      fc.constantFrom('a', 'A', '__proto__'),
    );
    await fc.assert(
      fc.asyncProperty(key, fc.jsonValue({ noUnicodeString: false } as never), async (name, value) => {
        const json = JSON.parse(JSON.stringify(value)) as Json;
        await backend.save(name, json, (await backend.load(name))?.version);
        expected.set(name, json);
        expect((await backend.load(name))?.value).toEqual(json);
      }),
      { seed: 8, numRuns: 150 },
    );
    for (const [name, value] of expected) expect((await backend.load(name))?.value).toEqual(value);
    expect(await keys(backend)).toEqual([...expected.keys()].sort());
  });

  test('refuses a value that JSON would change silently', async () => {
    const path = join(temporaryFolder(), 'none');
    const backend = new LocalStateBackend(path);
    const values: unknown[] = [
      Number.NaN,
      { a: [undefined] },
      new Date(0),
      1n,
      { a: Number.POSITIVE_INFINITY },
    ];
    for (const value of values) {
      await expect(backend.save('orders', value as Json, undefined)).rejects.toMatchObject({
        code: 'INTERNAL',
      });
    }
    await expect(backend.save('orders', { a: [undefined] } as never, undefined)).rejects.toThrow(
      'value.a[0]',
    );
    expect(() => statSync(path)).toThrow();
  });

  describe('with a file that is no record', () => {
    async function spoiled(
      text: string,
      previous = true,
    ): Promise<{ path: string; error: Promise<unknown> }> {
      const path = temporaryFolder();
      const backend = new LocalStateBackend(path);
      const first = await backend.save('orders', 'first', undefined);
      if (previous) await backend.save('orders', 'second', first);
      const file = join(path, 'orders.json');
      writeFileSync(file, text);
      const before = snapshot(path);
      await expect(backend.save('orders', 'third', first)).rejects.toMatchObject({
        code: /DATA|UNSUPPORTED/,
      });
      await expect(backend.delete('orders', first)).rejects.toMatchObject({ code: /DATA|UNSUPPORTED/ });
      const error = await backend.load('orders').catch((reason: unknown) => reason);
      expect(snapshot(path)).toEqual(before);
      return { path, error: Promise.resolve(error) };
    }

    function snapshot(path: string): { [name: string]: string } {
      return Object.fromEntries(
        readdirSync(path).map((name) => [name, readFileSync(join(path, name), 'utf8')]),
      );
    }

    test.each([
      ['', 'torn: it is empty'],
      ['{"version":1,"key":"orders","rev', 'torn: '],
      ['\0\0\0\0', 'torn: '],
      ['[]', 'not a state file of this key: it is not a JSON object'],
      ['{"key":"orders"}', 'not a state file of this key: it has no "version": 1'],
      ['{"version":1,"revision":"1","saved_at":"","value":1}', 'it names no key'],
      ['{"version":1,"key":"orders","revision":1,"saved_at":"","value":1}', 'revision, saved_at or value'],
      [
        '{"version":1,"key":"others","revision":"1","saved_at":"","value":1}',
        'it holds the state of "others"',
      ],
    ])('names it and the version before it, and touches nothing: %s', async (text, reason) => {
      const { path, error } = await spoiled(text);
      const file = join(path, 'orders.json');
      expect(await error).toMatchObject({
        code: 'DATA',
        message: expect.stringContaining(`the state file ${file} is `),
        hint: expect.stringMatching(/previous version, saved at .*, is .*orders\.json\.previous: copy it/),
        details: { path: file, previous: `${file}.previous` },
      });
      expect(((await error) as Error).message).toContain(reason);
    });

    test('says that there is no version before it', async () => {
      const { error } = await spoiled('{', false);
      expect(await error).toMatchObject({ hint: expect.stringContaining('There is no previous version') });
    });

    test('says who must upgrade, if a later datacook wrote it', async () => {
      const { error } = await spoiled('{"version":2,"key":"orders"}');
      expect(await error).toMatchObject({
        code: 'UNSUPPORTED',
        message: expect.stringContaining('version 2, and this datacook knows 1'),
        hint: expect.stringContaining('Upgrade datacook'),
      });
    });

    test('finds a torn file with a hashed name when it lists', async () => {
      const path = temporaryFolder();
      const backend = new LocalStateBackend(path);
      await backend.save('x'.repeat(300), 1, undefined);
      writeFileSync(join(path, readdirSync(path)[0]!), '{');
      await expect(keys(backend)).rejects.toMatchObject({ code: 'DATA' });
    });
  });

  test('says so if the path is a file', async () => {
    const file = join(temporaryFolder(), 'file');
    writeFileSync(file, '');
    for (const path of [file, join(file, 'below')]) {
      const backend = new LocalStateBackend(path);
      await expect(backend.save('orders', 1, undefined)).rejects.toMatchObject({
        code: 'CONNECTION',
        message: expect.stringContaining(path),
        hint: expect.stringContaining('must be a folder'),
      });
      await expect(backend.load('orders')).rejects.toMatchObject({ code: 'CONNECTION' });
    }
  });

  test('loads from a folder that can only be read', async () => {
    const path = temporaryFolder();
    const backend = new LocalStateBackend(path);
    await backend.save('orders', 1, undefined);
    chmodSync(path, 0o500);
    expect((await backend.load('orders'))?.value).toBe(1);
    chmodSync(path, 0o700);
  });
});
