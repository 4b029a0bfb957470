import { expect, test } from 'vitest';
import { patchBoundaries } from '../../src/boundaries/patch-boundaries.js';

class Driver {
  sent: string[] = [];
  async send(sql: string): Promise<number> {
    this.sent.push(sql);
    return this.sent.length;
  }
  close(): void {
    this.sent = [];
  }
}

test('puts boundaries around methods of a prototype, and takes them away again', async () => {
  const labels: string[] = [];
  const undo = patchBoundaries(Driver.prototype, ['send', 'close'], 'driver', (label) => labels.push(label));
  const driver = new Driver();
  expect(await driver.send('a')).toBe(1);
  driver.close();
  undo();
  expect(await driver.send('b')).toBe(1);
  expect(labels).toEqual([
    'before driver.send',
    'after driver.send',
    'before driver.close',
    'after driver.close',
  ]);
});

test('asks for a label of each call, and leaves out those without', async () => {
  const labels: string[] = [];
  const driver = new Driver();
  const undo = patchBoundaries(
    driver,
    ['send'],
    (method, [sql]) => (String(sql).startsWith('COMMIT') ? `${method} ${sql}` : undefined),
    (label) => labels.push(label),
  );
  await driver.send('SELECT 1');
  await driver.send('COMMIT');
  undo();
  expect(Object.keys(driver)).toEqual(['sent']);
  expect(labels).toEqual(['before send COMMIT', 'after send COMMIT']);
});

test('refuses a method that is not there, and patches nothing', () => {
  const driver = new Driver();
  expect(() => patchBoundaries(driver, ['send', 'sendAll'], 'driver', () => undefined)).toThrow(
    'there is no method sendAll to patch',
  );
  expect(Object.hasOwn(driver, 'send')).toBe(false);
});
