// Moves numbers from one file to another, three at a time. How: together (rows and position in one rename),
// rows-first, position-first (each in a file of its own), stubborn (fails when it finds what a crash has left).
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { between, childBoundaries } from '@datacook/testkit';

const [how] = process.argv.slice(2);
const onBoundary = how === 'silent' ? () => undefined : childBoundaries();
const read = (path, otherwise) => (existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : otherwise);
const replace = (path, value) => {
  writeFileSync(`${path}.new`, JSON.stringify(value));
  between(`rename ${path}`, onBoundary, () => renameSync(`${path}.new`, path));
};

if (how === 'stubborn' && existsSync('target.json')) throw new Error('there is something already');
const numbers = read('source.json');
const target = () => read('target.json', { rows: [], position: 0 });
const position = () => (how.endsWith('-first') ? read('position.json', 0) : target().position);
while (position() < numbers.length) {
  const start = position();
  const rows = [...target().rows, ...numbers.slice(start, start + 3)];
  const next = start + 3;
  if (how === 'position-first') replace('position.json', next);
  replace('target.json', { rows, position: next });
  if (how === 'rows-first') replace('position.json', next);
}
onBoundary('done');
