// Saves (or deletes) once, and is killed before the n-th call that touches the file system. Prints "done" if there
// were fewer calls.
import { readFileSync } from 'node:fs';
import fs from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';

const [path, key, action, limit] = process.argv.slice(2);
let calls = 0;
function countCall() {
  if (++calls === Number(limit)) process.kill(process.pid, 'SIGKILL');
}
for (const name of ['mkdir', 'open', 'link', 'rename', 'unlink', 'readFile', 'stat']) {
  const original = fs[name];
  fs[name] = async (...parameters) => {
    countCall();
    const result = await original(...parameters);
    if (name !== 'open') return result;
    for (const method of ['writeFile', 'sync', 'close']) {
      const run = result[method].bind(result);
      result[method] = (...given) => {
        countCall();
        return run(...given);
      };
    }
    return result;
  };
}
syncBuiltinESMExports();
const { LocalStateBackend } = await import('@datacook/state-local');

const backend = new LocalStateBackend(path);
const version = JSON.parse(readFileSync(`${path}/${key}.json`, 'utf8')).revision;
if (action === 'delete') await backend.delete(key, version);
else await backend.save(key, 'new', version);
console.log('done');
