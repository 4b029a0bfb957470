// Writes to the table that is being loaded: one step at a time, when it is told to.
// Usage: main.mjs URL KIND SEED PIPES
// KIND is `serial` (one writer, one transaction after another), `serial-without-key`, `overlapping` (several
// sessions, whose transactions overlap), or for many rows `large-serial`, `large-deleting`, `large-overlapping`. Orders, a line each, come from the parent (standard input) and, through the
// pipe `questions` in the folder PIPES, from the child that loads: `step`, `steps COUNT`, `tie`, `go` (step after step from now
// on, without being asked), `finish` (all that is open is committed), `reset` (it is rolled back). When one is done the
// parent reads `done`, the child a byte from `answers`.
import { constants, openSync, writeSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { openLargeOverlappingWriters, openLargeSerialWriter } from './large.mjs';
import { openOverlappingWriters } from './overlapping.mjs';
import { openSerialWriter } from './serial.mjs';

const [url, kind, seed, pipes] = process.argv.slice(2);
const KINDS = {
  serial: () => openSerialWriter(url, Number(seed), { hasKey: true }),
  'serial-without-key': () => openSerialWriter(url, Number(seed), { hasKey: false }),
  overlapping: () => openOverlappingWriters(url, Number(seed)),
  'large-serial': () => openLargeSerialWriter(url, Number(seed), { deletes: false }),
  'large-deleting': () => openLargeSerialWriter(url, Number(seed), { deletes: true }),
  'large-overlapping': () => openLargeOverlappingWriters(url, Number(seed)),
};
const writer = await KINDS[kind]();

/** What goes on without being asked. */
let going = Promise.resolve();
let goes = false;
async function go() {
  while (goes) await writer.step();
}
async function stop() {
  goes = false;
  await going;
}

const ORDERS = {
  go: () => {
    if (goes) return;
    goes = true;
    going = go();
    going.catch(fail);
  },
  step: () => writer.step(),
  tie: () => writer.tie(),
  steps: async (count) => {
    await stop();
    for (let left = Number(count); left > 0; left--) await writer.step();
  },
  finish: async () => {
    await stop();
    await writer.finish();
  },
  reset: async () => {
    await stop();
    await writer.reset();
  },
};

let queue = Promise.resolve();
function obey(input, answer) {
  createInterface({ input }).on('line', (line) => {
    const [order, parameter] = line.split(' ');
    queue = queue.then(() => ORDERS[order](parameter)).then(answer, fail);
  });
}

function fail(error) {
  console.error(error);
  process.exit(1);
}

// Both ways, so that neither opening it waits nor its other end closes it.
const open = (name, flags = 0) => openSync(join(pipes, name), constants.O_RDWR | flags);
const answers = open('answers');
obey(process.stdin, () => console.log('done'));
obey(new Socket({ fd: open('questions', constants.O_NONBLOCK) }), () => writeSync(answers, '+'));
process.stdin.on('end', () => process.exit());
console.log('ready');
