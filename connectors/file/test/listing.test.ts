import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, renameSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { listFiles, pathOf } from '../src/listing.js';
import { asNobody, failure, folder, write } from './helpers.js';

const signal = new AbortController().signal;

async function find(root: string, ...patterns: string[]): Promise<string[]> {
  const { files, missing } = await listFiles(
    patterns.map((pattern) => join(root, pattern)),
    signal,
  );
  if (missing.length > 0) throw await missing[0]!.error();
  return files.map(({ path }) => path.slice(root.length + 1));
}

describe('globs', () => {
  const tree = {
    'a.csv': '',
    'b.csv': '',
    'b.txt': '',
    '.hidden.csv': '',
    'sub/a.csv': '',
    'sub/c1.csv': '',
    'sub/c2.csv': '',
    'sub/deep/c3.csv': '',
    '.git/d.csv': '',
    'folder.csv/x.csv': '',
    'empty.csv/': '',
  };

  it.each([
    ['*.csv', ['a.csv', 'b.csv']],
    ['?.csv', ['a.csv', 'b.csv']],
    ['*', ['a.csv', 'b.csv', 'b.txt']],
    ['[ax].csv', ['a.csv']],
    ['[!a].csv', ['b.csv']],
    ['{a,b}.{csv,txt}', ['a.csv', 'b.csv', 'b.txt']],
    ['sub/*.csv', ['sub/a.csv', 'sub/c1.csv', 'sub/c2.csv']],
    ['*/a.csv', ['sub/a.csv']],
    ['s*/c[0-9].csv', ['sub/c1.csv', 'sub/c2.csv']],
    ['sub/**/*.csv', ['sub/a.csv', 'sub/c1.csv', 'sub/c2.csv', 'sub/deep/c3.csv']],
    ['**/c3.csv', ['sub/deep/c3.csv']],
    [
      '**',
      [
        'a.csv',
        'b.csv',
        'b.txt',
        'folder.csv/x.csv',
        'sub/a.csv',
        'sub/c1.csv',
        'sub/c2.csv',
        'sub/deep/c3.csv',
      ],
    ],
    ['sub/**', ['sub/a.csv', 'sub/c1.csv', 'sub/c2.csv', 'sub/deep/c3.csv']],
    ['.*.csv', ['.hidden.csv']],
    ['.git/*', ['.git/d.csv']],
    ['.hidden.csv', ['.hidden.csv']],
    ['sub/../*.csv', ['a.csv', 'b.csv']],
    ['sub/{deep/,}c*.csv', ['sub/c1.csv', 'sub/c2.csv', 'sub/deep/c3.csv']],
  ])('%s', async (pattern, wanted) => {
    expect(await find(folder(tree), pattern)).toEqual(wanted);
  });

  it('are taken in the order of the list, each file once', async () => {
    expect(await find(folder(tree), 'sub/c2.csv', 'b.*', 'sub/c*.csv')).toEqual([
      'sub/c2.csv',
      'b.csv',
      'b.txt',
      'sub/c1.csv',
    ]);
  });

  it('sort by bytes, not by a language', async () => {
    const names = [
      'a.csv',
      'B.csv',
      'Z.csv',
      'b.csv',
      'ä.csv',
      '\u{10000}.csv',
      '\uffee.csv',
      '10.csv',
      '9.csv',
    ];
    const root = folder(Object.fromEntries(names.map((name) => [name, ''])));
    const sorted = names
      .map((name) => Buffer.from(name))
      .sort(Buffer.compare)
      .map(String);
    expect(await find(root, '*')).toEqual(sorted);
    expect(sorted.indexOf('\uffee.csv')).toBeLessThan(sorted.indexOf('\u{10000}.csv'));
  });
});

describe('odd names', () => {
  const names = [
    'with space.csv',
    "it's.csv",
    'a "quoted".csv',
    'line\nend.csv',
    '\nfirst.csv',
    '\rfirst.csv',
    '\uf8fffirst.csv',
    '\r\n.csv',
    'tab\t.csv',
    'back\\slash.csv',
    'ünïcode 🙂.csv',
    'brackets [1].csv',
    'braces {a,b}.csv',
    'paren (1).csv',
    '(a|b).csv',
    'plus+.csv',
    '+(x).csv',
    '@(x).csv',
    '!bang.csv',
    '!(x).csv',
    'star*.csv',
    'question?.csv',
    '#hash.csv',
    '-dash.csv',
    '__proto__.csv',
    '$dollar$1.csv',
    '~.csv',
    '100%.csv',
  ];

  it('are found by a glob, and by their own name', async () => {
    const root = folder(Object.fromEntries(names.map((name) => [name, ''])));
    const sorted = [...names].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    expect(await find(root, '*.csv')).toEqual(sorted);
    for (const name of names) expect(await find(root, name), name).toEqual([name]);
  });

  it('may be those of the folders above', async () => {
    for (const name of names) {
      const root = folder({ [`${name}/x/1.csv`]: '', [`${name}/x/2.csv`]: '' });
      expect(await find(root, `${name}/*/*.csv`), name).toEqual([`${name}/x/1.csv`, `${name}/x/2.csv`]);
      expect(await find(root, `${name}/x/1.csv`), name).toEqual([`${name}/x/1.csv`]);
    }
  });

  it('mean what they say in a pattern, but for the glob characters', async () => {
    const root = folder({
      'a (1).csv': '',
      'a 1.csv': '',
      '+x.csv': '',
      'xx.csv': '',
      '!y.csv': '',
      'y.csv': '',
    });
    expect(await find(root, 'a (1)*')).toEqual(['a (1).csv']);
    expect(await find(root, '+x*')).toEqual(['+x.csv']);
    expect(await find(root, '!y*')).toEqual(['!y.csv']);
  });

  it('take the literal file where there is one', async () => {
    const root = folder({ 'a[1].csv': '', 'a1.csv': '' });
    expect(await find(root, 'a[1].csv')).toEqual(['a[1].csv']);
    expect(await find(folder({ 'a1.csv': '' }), 'a[1].csv')).toEqual(['a1.csv']);
  });
});

describe('symbolic links', () => {
  it('are followed, to files and to folders', async () => {
    const root = folder({ 'real/a.csv': '', 'real/deep/b.csv': '', 'in/': '' });
    symlinkSync('../real', join(root, 'in/folder'));
    symlinkSync('../real/a.csv', join(root, 'in/file.csv'));
    expect(await find(root, 'in/**/*.csv')).toEqual([
      'in/file.csv',
      'in/folder/a.csv',
      'in/folder/deep/b.csv',
    ]);
  });

  it('that lead into a folder above are not', async () => {
    const root = folder({ 'in/a.csv': '', 'in/sub/b.csv': '' });
    symlinkSync('..', join(root, 'in/sub/up'));
    symlinkSync('.', join(root, 'in/self'));
    expect(await find(root, 'in/**/*.csv')).toEqual(['in/a.csv', 'in/sub/b.csv']);
  });

  it('from one link into another are', async () => {
    const root = folder({ 'x/y/a.csv': '', 'in/': '' });
    symlinkSync('../x', join(root, 'in/one'));
    symlinkSync('y', join(root, 'x/two'));
    expect(await find(root, 'in/**/*.csv')).toEqual(['in/one/two/a.csv', 'in/one/y/a.csv']);
  });

  it('that lead nowhere are an error where the pattern asks for them', async () => {
    const root = folder({ 'a.csv': '' });
    symlinkSync('nowhere', join(root, 'b.csv'));
    expect(await find(root, 'a*')).toEqual(['a.csv']);
    for (const pattern of ['*', 'b.csv']) {
      expect(await failure(find(root, pattern))).toMatchObject({
        code: 'NOT_FOUND',
        file: join(root, 'b.csv'),
      });
    }
  });
});

describe('what is not there', () => {
  it('is named with its whole path, and with what is near it', async () => {
    const root = folder({ 'orders.csv': '', 'other.txt': '' });
    expect(await failure(find(root, 'order.csv'))).toMatchObject({
      code: 'NOT_FOUND',
      message: `There is no file ${root}/order.csv.`,
      hint: expect.stringContaining('"orders.csv"') as string,
      file: join(root, 'order.csv'),
    });
    expect(await failure(find(root, 'no/order.csv'))).toMatchObject({
      hint: `The folder ${root}/no doesn't exist, or may not be read.`,
    });
  });

  it('is named with the pattern and the folder', async () => {
    const root = folder({ 'data/orders.txt': '' });
    expect(await failure(find(root, 'data/*.csv'))).toMatchObject({
      code: 'NOT_FOUND',
      message: `No file matches ${root}/data/*.csv: looked for *.csv in ${root}/data.`,
      hint: expect.stringContaining('"orders.txt"') as string,
    });
    expect((await failure(find(root, 'x/**/*.csv'))).hint).toBe(
      `The folder ${root}/x doesn't exist, or may not be read.`,
    );
  });

  it('is said of each pattern, also of one among others', async () => {
    const root = folder({ 'a.csv': '' });
    expect(await failure(find(root, 'a.csv', '*.tsv'))).toMatchObject({ code: 'NOT_FOUND' });
  });
});

describe('what can not be read', () => {
  it('is a folder, for one', async () => {
    const root = folder({ 'data/a.csv': '' });
    expect(await failure(find(root, 'data'))).toMatchObject({
      code: 'CONFIG',
      message: `${root}/data is a folder.`,
    });
  });

  it('is a pipe', async () => {
    const root = folder();
    execFileSync('mkfifo', [join(root, 'pipe.csv')]);
    for (const pattern of ['pipe.csv', '*.csv']) {
      expect(await failure(find(root, pattern))).toMatchObject({
        code: 'UNSUPPORTED',
        file: join(root, 'pipe.csv'),
      });
    }
  });

  it('is a folder below a glob without the right to list it: an error, not fewer files', async () => {
    const root = folder({ 'a.csv': '', 'secret/b.csv': '' });
    chmodSync(root, 0o755);
    chmodSync(join(root, 'secret'), 0);
    expect(await failure(asNobody(() => find(root, '**/*.csv')))).toMatchObject({
      code: 'AUTH',
      file: join(root, 'secret'),
    });
    expect(await asNobody(() => find(root, '*.csv'))).toEqual(['a.csv']);
    expect(await failure(asNobody(() => find(root, 'secret/b.csv')))).toMatchObject({ code: 'AUTH' });
    chmodSync(join(root, 'secret'), 0o755);
  });
});

describe('names', () => {
  it('stay the same when the whole project moves, whatever its folder is called', async () => {
    const root = folder({ 'here [old]/data/2024/a.csv': 'x', 'here [old]/data/b.csv': 'y' });
    const from = join(root, 'here [old]');
    const to = join(root, 'there');
    const patterns = ['data/**/*.csv', 'data/b.csv'];
    const list = async (base: string) =>
      (
        await listFiles(
          patterns.map((pattern) => join(base, pattern)),
          signal,
        )
      ).files;
    const before = await list(from);
    renameSync(from, to);
    const after = await list(to);
    expect(before.map(({ name }) => name)).toEqual(['0/2024/a.csv', '0/b.csv']);
    expect(after.map(({ path: _, ...rest }) => rest)).toEqual(before.map(({ path: _, ...rest }) => rest));
  });

  it('lead back to the path', async () => {
    const root = folder({ 'a[1]/x.csv': '', 'b/y z.csv': '' });
    const patterns = [join(root, 'a[1]/*.csv'), join(root, '*/*.csv')];
    const { files } = await listFiles(patterns, signal);
    expect(files).toHaveLength(2);
    for (const { name, path } of files) expect(await pathOf(name, patterns)).toBe(path);
    expect(await failure(pathOf('7/x.csv', patterns))).toMatchObject({ code: 'STALE_POSITION' });
  });

  it('come with size and time to the nanosecond', async () => {
    const root = folder({ 'a.csv': '12345' });
    mkdirSync(join(root, 'x'));
    write(join(root, 'x/b.csv'), '');
    const { files } = await listFiles([join(root, '*.csv')], signal);
    expect(files[0]).toMatchObject({ name: '0/a.csv', size: 5 });
    expect(files[0]!.mtimeNs).toMatch(/^\d{19}$/);
  });
});
