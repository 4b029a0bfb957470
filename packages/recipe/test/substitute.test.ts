import { describe, expect, it } from 'vitest';
import { recipeFromText, resolvedText } from '../src/index.js';
import { found, load, resolved } from './support/load.js';

const VALUE = (template: string, vars = '') =>
  `name: n\n${vars}tests: []\nruntime: {}\ntransform: {steps: [{type: t, v: ${template}}]}\n`;
const value = async (template: string, vars = '', given: Record<string, string> = {}) => {
  const recipe = await recipeFromText(VALUE(template, vars), { file: '/nowhere/a.yaml', vars: given });
  expect(recipe.findings).toEqual([]);
  return (recipe.value as { transform: { steps: { v: unknown }[] } }).transform.steps[0]?.v;
};

describe('templates', () => {
  it('keep the type of a value where they are the whole scalar', async () => {
    const vars = 'vars: {i: 5, f: 1.5, b: true, n: null, t: text, big: 9007199254740993}\n';
    expect(await value(`"{{ var('i') }}"`, vars)).toBe(5);
    expect(await value(`"{{ var('f') }}"`, vars)).toBe(1.5);
    expect(await value(`"{{ var('b') }}"`, vars)).toBe(true);
    expect(await value(`"{{ var('n') }}"`, vars)).toBe(null);
    expect(await value(`"{{ var('big') }}"`, vars)).toBe(9007199254740993n);
    expect(await value(`"a{{ var('t') }}{{ var('i') }}"`, vars)).toBe('atext5');
  });
  it('are filtered', async () => {
    expect(await value(`"{{ var('x') | int }}"`, '', { x: ' 12 ' })).toBe(12);
    expect(await value(`"{{ var('x') | int }}"`, '', { x: '9007199254740993' })).toBe(9007199254740993n);
    expect(await value(`"{{ var('x') | number }}"`, '', { x: '1.5' })).toBe(1.5);
    expect(await value(`"{{ var('x') | bool }}"`, '', { x: 'No' })).toBe(false);
    expect(await value(`"{{ var('x') }}"`, '', { x: '12' })).toBe('12');
    expect(await value(`"n{{ var('x') | int }}"`, '', { x: '012' })).toBe('n12');
  });
  it('know the recipe, also where its name is made of a var', async () => {
    const text =
      'vars: {r: us}\nname: "load_{{ var(\'r\') }}"\ntransform: {steps: [{type: t, v: "{{ recipe.name }}!"}]}';
    const recipe = await recipeFromText(text, { file: '/nowhere/a.yaml' });
    expect(recipe.value).toMatchObject({ name: 'load_us', transform: { steps: [{ v: 'load_us!' }] } });
  });
  it('take the given var before that of the recipe, and that before the project’s', async () => {
    const files = {
      'datacook.yaml': 'vars: {a: project, b: project, c: project}',
      'base.yaml': 'vars: {a: base, b: base}',
      'a.yaml':
        "extends: base.yaml\nvars: {b: own}\ndescription: \"{{ var('a') }} {{ var('b') }} {{ var('c') }}\"",
    };
    expect(await resolved(files)).toMatchObject({ description: 'base own project' });
    expect(await resolved(files, { vars: { a: 'given', c: 'given' } })).toMatchObject({
      description: 'given own given',
    });
  });
  it('leave what only a run knows as it is written', async () => {
    const text = "{{ env_var('A','x') }}-{{run.id}}-{{ stream.table }}";
    expect(await value(`"${text}"`)).toBe(text);
    expect(await value(`"{{ var('x') }}-{{ run.id }}"`, 'vars: {x: v}\n')).toBe('v-{{ run.id }}');
    expect(await value(`"{{ env_var('A') | int }}"`)).toBe("{{ env_var('A') | int }}");
  });
  it('never read a value as a template again', async () => {
    const vars = `vars: {x: !literal "{{ env_var('HOME') }}", brace: "{"}\n`;
    expect(await value(`"{{ var('x') }}"`, vars)).toEqual({ $literal: "{{ env_var('HOME') }}" });
    expect(await value(`"{{ var('x') }}{{ run.id }}"`, vars)).toBe(
      "{{ '{{ env_var(\\'HOME\\') }}' }}{{ run.id }}",
    );
    expect(await value(`"a{{ var('brace') }}{{ run.id }}"`, vars)).toBe("{{ 'a{' }}{{ run.id }}");
    expect(await value(`"{{ var('brace') }}{{ var('brace') }}"`, vars)).toEqual({ $literal: '{{' });
  });
  it('are not substituted in vars, which is said', async () => {
    expect(
      await found({ 'a.yaml': 'vars:\n  x: "{{ env_var(\'A\') }}"\n  y: !literal "{{ z }}"\n' }),
    ).toMatchInlineSnapshot(`
      "warning a.yaml:2:6 vars.x: the values of \`vars\` are literals: the template in it is not substituted
        write the template where the value is needed, or \`!literal\` if the text is meant"
    `);
  });
  it('are errors at once where a var is unknown, or the template is none', async () => {
    const text = `name: n
description: "{{ var('regoin') }}"
vars: {region: us, m: {a: 1}}
source:
  a: "{{ var('zzz') }} {{ var('zzz') }}"
  b: "{{ nothing }}"
  c: "{{ var('region') | int }}"
  d: "{{ var('m') }}"
  e: "x {{ y"
`;
    expect(await found({ 'a.yaml': text })).toMatchInlineSnapshot(`
      "error a.yaml:2:14 description: there is no var regoin
        did you mean \`region\`?
      error a.yaml:5:6 source.a: there is no var zzz
        vars: region, m
      error a.yaml:6:6 source.b: there is no \`nothing\` in templates
        known: env_var, var, recipe.name, run.id, run.started_at, stream.name, stream.table
      error a.yaml:7:6 source.c: {{ var('region') | int }}: "us" is no whole number
      error a.yaml:8:6 source.d: the var m is a mapping
        the values of \`vars\` are single values
      error a.yaml:9:6 source.e: \`{{\` without its \`}}\`
        close the template, or write the text as \`!literal\` (in JSON: {"$literal": …})"
    `);
    expect(await found({ 'a.yaml': 'name: "{{ recipe.name }}"' })).toMatchInlineSnapshot(
      `"error a.yaml:1:7 name: a recipe's name can't be made of itself"`,
    );
  });
  it('warn of a given var that nothing uses', async () => {
    expect(
      await found({ 'a.yaml': 'vars: {region: us}' }, { vars: { regoin: 'eu', region: 'eu' } }),
    ).toMatchInlineSnapshot(`
      "warning: the given var regoin is not used
        did you mean region?"
    `);
  });
  it('stay literal in the printed recipe', async () => {
    const { recipe } = await load({ 'a.yaml': 'name: a\ndescription: !literal "{{ x }}"' });
    expect(resolvedText(recipe, { format: 'yaml' })).toBe('name: a\ndescription: !literal "{{ x }}"\n');
    expect(resolvedText(recipe, { format: 'json' })).toContain('"description": { "$literal": "{{ x }}" }');
  });
});
