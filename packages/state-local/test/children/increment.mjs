// Adds 1 to the number under a key, as often as it is told, by compare-and-set. Prints how many conflicts there were.
import { LocalStateBackend } from '@datacook/state-local';

const [path, key, times] = process.argv.slice(2);
const backend = new LocalStateBackend(path);
let conflicts = 0;
for (let done = 0; done < Number(times); ) {
  const current = await backend.load(key);
  try {
    await backend.save(key, (current?.value ?? 0) + 1, current?.version);
    done++;
  } catch (error) {
    if (error.code !== 'CONFLICT') throw error;
    conflicts++;
  }
}
console.log(conflicts);
