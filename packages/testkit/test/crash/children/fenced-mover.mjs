// Moves numbers from one file to another, three at a time, after it has claimed the target. How: fenced (a write looks
// whether the claim still holds), unfenced (it doesn't), silent (it does, and then says nothing of it), unrenewed (the
// lease isn't looked at after the claim), broken (fails where another has been), patient (once it has the lease it goes on
// when another was refused).
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { between, childBoundaries } from '@datacook/testkit';

const [how] = process.argv.slice(2);
const onBoundary = childBoundaries();
const read = (path, otherwise) => (existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : otherwise);
const replace = (path, value) => {
  writeFileSync(`${path}.new`, JSON.stringify(value));
  renameSync(`${path}.new`, path);
};
const target = () => read('target.json', { rows: [], position: 0, version: 0 });

onBoundary('start');
const refuse = (why) => {
  if (read('lease') === process.pid) rmSync('lease');
  writeFileSync('refused', why);
  console.error(`CONFLICT: ${why}`);
  process.exit(1);
};
if (existsSync('lease')) refuse('another has the lease');
between('lease', onBoundary, () => writeFileSync('lease', String(process.pid)));
const claimed = { ...target(), version: target().version + 1 };
if (how === 'broken' && claimed.version > 1) throw new Error('somebody was here');
replace('target.json', claimed);
onBoundary('claimed');
while (how === 'patient' && !existsSync('refused')) await delay(5);
if (how !== 'unrenewed' && read('lease') !== process.pid) refuse('the lease is lost');
const numbers = read('source.json');
for (let { position, rows } = claimed; position < numbers.length; ) {
  onBoundary('before write');
  if (how !== 'unfenced' && target().version !== claimed.version) {
    if (how === 'silent') process.exit(0);
    refuse('overtaken');
  }
  rows = [...target().rows, ...numbers.slice(position, position + 3)];
  position += 3;
  replace('target.json', { rows, position, version: claimed.version });
  onBoundary('after write');
}
rmSync('lease', { force: true });
onBoundary('released');
