// Saves under circumstances that refuse it, and prints the error as JSON.
import { LocalStateBackend } from '@datacook/state-local';

const [path, circumstance] = process.argv.slice(2);
// As another user, once all modules are loaded: they may lie where only root can read.
if (circumstance === 'other-user' && process.getuid() === 0) {
  process.setegid(65_534);
  process.seteuid(65_534);
}
process.on('SIGXFSZ', () => undefined);
const backend = new LocalStateBackend(path);
try {
  const current = await backend.load('orders');
  await backend.save('orders', 'x'.repeat(100_000), current?.version);
  console.log('saved');
} catch (error) {
  console.log(
    JSON.stringify({ code: error.code, message: error.message, hint: error.hint, details: error.details }),
  );
}
