import { expect, test } from 'vitest';
import { transaction } from '../../src/write/transaction.js';
import { sessionOf } from '../publish/support.js';
import { useDatabase } from '../support/source.js';

const db = useDatabase();

test('a COMMIT that the server answers with ROLLBACK is no commit', async () => {
  const session = sessionOf(db.client);
  await session.run('create table kept (id int)', { action: 'make a table' });
  const swallowed = transaction(session, 'write', async () => {
    await session.run('insert into kept values (1)', { action: 'write' });
    await session.run('select 1 / 0', { action: 'divide' }).catch(() => undefined);
  });
  await expect(swallowed).rejects.toMatchObject({
    code: 'INTERNAL',
    message: 'Postgres did not commit: write.',
  });
  expect((await db.client.query('select * from kept')).rows).toEqual([]);
});

test('what an action throws undoes the transaction', async () => {
  const session = sessionOf(db.client);
  await session.run('create table undone (id int)', { action: 'make a table' });
  const failed = transaction(session, 'write', async () => {
    await session.run('insert into undone values (1)', { action: 'write' });
    throw new Error('stop');
  });
  await expect(failed).rejects.toThrow('stop');
  expect((await db.client.query('select * from undone')).rows).toEqual([]);
});
