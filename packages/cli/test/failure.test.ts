import { DatacookError } from '@datacook/core';
import { describe, expect, it } from 'vitest';
import { describeError, describeUnexpected, describeUsage } from '../src/failure.js';

const quiet = { cwd: '/home/ada', debug: false };

describe('describeError', () => {
  it('says what failed, where, and what to do on a line of its own', () => {
    const error = new DatacookError('SCHEMA', 'there is no column x', {
      hint: 'the columns are a, b',
      details: { recipe: '/home/ada/recipes/a.yaml:3:5' },
    });
    expect(describeError(error, quiet)).toBe(
      'recipes/a.yaml:3:5: there is no column x\n  the columns are a, b',
    );
  });

  it('does not say a place twice', () => {
    const error = new DatacookError('DATA', '/home/ada/data/a.csv:7: too few fields', {
      details: { file: '/home/ada/data/a.csv', line: 7 },
    });
    expect(describeError(error, quiet)).toBe('data/a.csv:7: too few fields');
  });

  it('shows stacks, of causes too, with debug alone', () => {
    const error = new DatacookError('CONNECTION', 'no answer', { cause: new Error('ECONNREFUSED') });
    expect(describeError(error, quiet)).toBe('no answer');
    const text = describeError(error, { ...quiet, debug: true });
    expect(text).toContain('failure.test.ts');
    expect(text).toContain('caused by Error: ECONNREFUSED');
  });

  it('asks to report a defect', () => {
    expect(describeError(new DatacookError('INTERNAL', 'rows are missing'), quiet)).toContain('--debug');
  });
});

describe('describeUnexpected', () => {
  it('is short, and asks to report it with --debug', () => {
    const text = describeUnexpected(new TypeError('x is undefined'), quiet);
    expect(text).toBe(
      'datacook itself failed: x is undefined\n  this is a defect: please report it, with what the same command says with --debug',
    );
  });

  it('takes what is no error', () => {
    expect(describeUnexpected('odd', quiet)).toContain('odd');
  });
});

describe('describeUsage', () => {
  const usage = (message: string) => Object.assign(new Error(message), { oclif: { exit: 2 } });

  it('names the nearest command', async () => {
    expect(await describeUsage(usage('command rnu not found'), ['rnu'])).toBe(
      'there is no command rnu\n  did you mean run?',
    );
  });

  it('lists the commands where none is near', async () => {
    expect(await describeUsage(usage('command frobnicate not found'), [])).toContain('list-connectors, plan');
  });

  it('leaves out what does not hold here', async () => {
    const message =
      'Missing 1 required arg:\nrecipe  A file.\n\nNote: --overlay allows…\n\nor so\nSee more help with --help';
    expect(await describeUsage(usage(message), ['run'])).toBe(
      'Missing 1 required arg:\nrecipe  A file.\n  datacook run --help shows what it takes',
    );
  });

  it('is undefined for what is no usage error', async () => {
    expect(await describeUsage(new Error('x'), [])).toBeUndefined();
    expect(await describeUsage('x', [])).toBeUndefined();
  });
});
