import { describe, expect, it } from 'vitest';
import { meaningOf } from '../src/error-meanings.js';
import { postgresError } from '../src/errors.js';

/** What the server says, as the driver hands it on. */
function serverError(code: string, over: object = {}): Error {
  return Object.assign(new Error('it failed'), { code, severity: 'ERROR', ...over });
}

describe('what an error means when rows are written', () => {
  it.each([
    ['22003', 'DATA', false],
    ['23502', 'DATA', false],
    ['23503', 'DATA', false],
    ['23505', 'DATA', false],
    ['23514', 'DATA', false],
    ['23P01', 'DATA', false],
    ['25006', 'CONFIG', false],
    ['25P03', 'CONNECTION', true],
    ['40P01', 'CONNECTION', true],
    ['42501', 'AUTH', false],
    ['42P01', 'NOT_FOUND', false],
    ['42701', 'SCHEMA', false],
    ['428C9', 'SCHEMA', false],
    ['53100', 'CONNECTION', true],
    ['53300', 'CONNECTION', true],
    ['55P03', 'CONNECTION', true],
    ['57014', 'CONNECTION', true],
    ['57P01', 'CONNECTION', true],
    ['P0001', 'DATA', false],
    ['54000', 'DATA', false],
  ])('%s is %s', (state, code, retry) => {
    const error = postgresError(serverError(state), { action: 'write to t', use: 'write' });
    expect(error).toMatchObject({ code, retry, details: { sqlstate: state } });
    expect(error.hint).toBeDefined();
    // Nothing that only a source has.
    expect(error.hint).not.toMatch(/\bsource\b|\bquery\b|\bwhere\b|reading/i);
  });

  it('is another one than when rows are read', () => {
    for (const state of ['22003', '25006', '25P03', '53300', '57014'])
      expect(meaningOf(state, 'write')).not.toEqual(meaningOf(state, 'read'));
    expect(meaningOf('28P01', 'write')).toEqual(meaningOf('28P01', 'read'));
  });

  it('comes with what the server says in detail', () => {
    const error = serverError('23505', { detail: 'Key (a)=(1) already exists.' });
    expect(postgresError(error, { action: 'write to t', use: 'write' }).message).toBe(
      "Postgres can't write to t: it failed. Key (a)=(1) already exists.",
    );
  });
});
