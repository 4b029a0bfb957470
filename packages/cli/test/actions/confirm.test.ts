import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { ask, checkCanAsk, type Terminal } from '../../src/actions/confirm.js';

function terminal(isTTY: boolean): Terminal & { readonly input: PassThrough; readonly output: PassThrough } {
  const stream = () => Object.assign(new PassThrough(), { isTTY });
  return { input: stream(), output: stream() };
}

describe('a question', () => {
  it.each([
    ['y\n', true],
    ['Yes\n', true],
    [' yes \n', true],
    ['\n', false],
    ['n\n', false],
    ['yesterday\n', false],
    ['', false],
  ])('answered by %j is %j', async (answer, expected) => {
    const { input, output } = terminal(true);
    const asked = ask('Do it?', { input, output });
    input.end(answer);
    expect(await asked).toBe(expected);
    expect(String(output.read())).toBe('Do it? [y/N] ');
  });

  it('is not asked where nobody could answer, or where it was answered before', () => {
    expect(() => checkCanAsk('state reset', false, terminal(false))).toThrow('state reset asks');
    checkCanAsk('state reset', true, terminal(false));
    checkCanAsk('state reset', false, terminal(true));
  });
});
