// Saves growing numbers, each with a text that is made of it, and prints each one that is durable.
import { LocalStateBackend } from '@datacook/state-local';

const [path, key] = process.argv.slice(2);
const backend = new LocalStateBackend(path);
for (;;) {
  const current = await backend.load(key);
  const number = (current?.value.number ?? 0) + 1;
  await backend.save(key, { number, text: `${number};`.repeat(20_000) }, current?.version);
  process.stdout.write(`${number}\n`);
}
