import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exchangesOf, fencedBlocks } from './docs/blocks.js';
import { followDocument } from './docs/document.js';
import { saysWhatIsShown } from './docs/same-output.js';
import { REPOSITORY, Workshop } from './docs/workshop.js';

const DOCUMENTS = [
  'README.md',
  ...readdirSync(join(REPOSITORY, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.md'))
    .map((path) => join('docs', path))
    .sort(),
];

/** Its blocks are files of chains that it describes; the recipe package's own test resolves each. */
const FOLLOWED_ELSEWHERE = 'docs/recipe-reference.md';

describe('what the documents show', () => {
  let workshop: Workshop;

  beforeAll(async () => {
    workshop = await Workshop.open();
  });

  afterAll(() => workshop.close());

  it.each(DOCUMENTS.filter((path) => path !== FOLLOWED_ELSEWHERE))(
    'is so: %s',
    { timeout: 300_000 },
    async (path) => {
      await followDocument(path, workshop, '.');
    },
  );
});

describe('what the documents point to', () => {
  it.each([...DOCUMENTS, 'examples/README.md'])('is there: %s', (path) => {
    const text = readFileSync(join(REPOSITORY, path), 'utf8');
    const links = [...text.matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)].map(([, link]) => link as string);
    const local = links.filter((link) => !/^[a-z]+:/.test(link)).map((link) => join(dirname(path), link));
    const named = [...text.matchAll(/`((?:packages|connectors|scripts|docs|examples)\/[\w./-]+)`/g)];
    const missing = [...local, ...named.map(([, file]) => file as string)].filter(
      (file) => !existsSync(join(REPOSITORY, file)),
    );
    expect(missing).toEqual([]);
  });
});

describe('reading documents', () => {
  it('finds blocks with their language, file and line', () => {
    const blocks = fencedBlocks('text\n```yaml a.yaml\nname: a\n```\n````sh\n```\n````\n');
    expect(blocks).toEqual([
      { language: 'yaml', name: 'a.yaml', text: 'name: a\n', line: 2 },
      { language: 'sh', name: undefined, text: '```\n', line: 5 },
    ]);
  });

  it('refuses a block that is never closed', () => {
    expect(() => fencedBlocks('```yaml\nname: a\n')).toThrow('line 1');
  });

  it('tells commands from what they say', () => {
    const [block] = fencedBlocks('```console\n$ a\none\ntwo\n$ b\n```\n');
    expect(exchangesOf(block!)).toEqual([
      { command: 'a', shown: 'one\ntwo\n' },
      { command: 'b', shown: '' },
    ]);
  });

  it('lets times, ids and speeds differ, and nothing else', () => {
    expect(saysWhatIsShown('load succeeded in 0.2 s', 'load succeeded in 13.4 s\n')).toBe(true);
    expect(saysWhatIsShown('3 read, 20 rows/s', '3 read, 1,999 rows/s')).toBe(true);
    expect(saysWhatIsShown('3 read, 20 rows/s', '4 read, 20 rows/s')).toBe(false);
    expect(saysWhatIsShown('a\nb', 'a\nb\nc')).toBe(false);
  });

  it('takes … for any number of lines', () => {
    expect(saysWhatIsShown('…\nb\n…', 'a\nb\nc\nd')).toBe(true);
    expect(saysWhatIsShown('a\n…\nb', 'a\nb')).toBe(true);
    expect(saysWhatIsShown('…\nx\n…', 'a\nb')).toBe(false);
  });
});
