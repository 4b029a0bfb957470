import { describe, expect, it } from 'vitest';
import { parseTemplate, quoteText, TemplateProblem } from '../src/template.js';

const problem = (text: string) => {
  const parsed = parseTemplate(text);
  expect(parsed).toBeInstanceOf(TemplateProblem);
  const { message, hint } = parsed as TemplateProblem;
  return hint === undefined ? message : `${message} (${hint})`;
};

describe('parseTemplate', () => {
  it('takes text apart', () => {
    expect(parseTemplate(`a {{env_var("A", 'd}}\\'')|int | bool}} b {{ recipe.name }}`)).toEqual([
      'a ',
      {
        source: `{{env_var("A", 'd}}\\'')|int | bool}}`,
        name: 'env_var',
        args: ['A', "d}}'"],
        filters: ['int', 'bool'],
      },
      ' b ',
      { source: '{{ recipe.name }}', name: 'recipe.name', args: [], filters: [] },
    ]);
    expect(parseTemplate('no template } here {')).toEqual(['no template } here {']);
    expect(parseTemplate('')).toEqual([]);
  });
  it('reads back quoted text', () => {
    for (const text of ["it's {{ \\ }}", '{{', '"', '\n']) {
      expect(parseTemplate(quoteText(text))).toMatchObject([{ name: 'text', args: [text] }]);
    }
  });
  it.each([
    [
      'a {{ b',
      '`{{` without its `}}` (close the template, or write the text as `!literal` (in JSON: {"$literal": …}))',
    ],
    ['{{ }}', "{{ }} is no template (as in {{ var('x') }}; text that is none is written as `!literal`)"],
    ['{{ recipe.nme }}', 'there is no `recipe.nme` in templates (did you mean `recipe.name`?)'],
    ['{{ envvar("A") }}', 'there is no `envvar` in templates (did you mean `env_var`?)'],
    [
      '{{ env_var }}',
      "`env_var` takes one or two quoted texts (as in env_var('NAME') or env_var('NAME', 'default'))",
    ],
    [
      '{{ env_var(A) }}',
      "`env_var` takes one or two quoted texts (as in env_var('NAME') or env_var('NAME', 'default'))",
    ],
    [
      '{{ env_var("A", "b", "c") }}',
      "`env_var` takes one or two quoted texts (as in env_var('NAME') or env_var('NAME', 'default'))",
    ],
    [
      '{{ env_var() }}',
      "`env_var` takes one or two quoted texts (as in env_var('NAME') or env_var('NAME', 'default'))",
    ],
    ['{{ var("a", "b") }}', "`var` takes a quoted text (as in var('x'))"],
    ['{{ var("a") | integer }}', 'there is no filter `integer` (filters: int, number, bool)'],
    [
      '{{ var("a") + 1 }}',
      "can't read {{ var(\"a\") + 1 }} (as in {{ var('x') }} or {{ env_var('N') | int }})",
    ],
    ["{{ param('x') }}", '`param`, for macros with parameters: not supported by this version'],
  ])('says what is wrong in %s', (text, message) => {
    expect(problem(text)).toBe(message);
  });
});
