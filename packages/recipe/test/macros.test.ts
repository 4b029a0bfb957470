import { describe, expect, it } from 'vitest';
import { found, load, resolved } from './support/load.js';

describe('macros', () => {
  it('are inherited, and their steps stand before all others (11.7)', async () => {
    const files = {
      'base_recipe.yaml':
        'macros:\n  audit:\n    - type: add_column\n      name: _audit_ts\n      value: now()\ntransform: {steps: [{type: first}]}',
      'child.yaml': 'extends: base_recipe.yaml\ntransform:\n  use: [audit]\n  steps: [{type: second}]',
    };
    expect(await resolved(files)).toEqual({
      transform: {
        steps: [
          { type: 'add_column', name: '_audit_ts', value: 'now()' },
          { type: 'first' },
          { type: 'second' },
        ],
      },
    });
  });
  it('stand where a step calls them, and are expanded late', async () => {
    const files = {
      'base.yaml': 'macros: {m: [{type: old}]}\ntransform: {steps: [{type: a}, {use: m}, {type: b}]}',
      'a.yaml': 'extends: base.yaml\nmacros: {m: [{type: new}]}',
    };
    expect(await resolved(files)).toEqual({
      transform: { steps: [{ type: 'a' }, { type: 'new' }, { type: 'b' }] },
    });
  });
  it('use macros', async () => {
    const text = 'macros: {a: [{type: x}, {use: b}], b: [{type: y}]}\ntransform: {use: [a]}';
    expect(await resolved({ 'a.yaml': text })).toEqual({
      transform: { steps: [{ type: 'x' }, { type: 'y' }] },
    });
  });
  it('put the id of the call before those of their steps', async () => {
    const text =
      'macros: {a: [{id: one, type: x}, {use: b}], b: [{id: two, type: y}]}\ntransform: {use: [a, a], steps: [{use: a, id: mine}]}';
    const { recipe } = await load({ 'a.yaml': text });
    const { steps } = (recipe.value as { transform: { steps: { id: string }[] } }).transform;
    expect(steps.map(({ id }) => id)).toEqual([
      'a.one',
      'a.b.two',
      'a_2.one',
      'a_2.b.two',
      'mine.one',
      'mine.b.two',
    ]);
  });
  it('refuse circles, also where nothing calls them', async () => {
    expect(await found({ 'a.yaml': 'macros:\n  a: [{use: b}]\n  b: [{use: a}]\n' })).toMatchInlineSnapshot(
      `"error a.yaml:3:13 macros.a[0][0]: a macro can't use itself: a -> b (a.yaml:2:13) -> a (a.yaml:3:13)"`,
    );
    expect(await found({ 'a.yaml': 'macros:\n  a: [{use: a}]\ntransform: {use: [a]}\n' })).toContain(
      "a macro can't use itself: a -> a (a.yaml:2:",
    );
  });
  it('must exist, with near misses', async () => {
    const complete = 'name: n\nsource: {type: x}\ndestination: {type: y}\n';
    expect(
      await found({
        'a.yaml': `${complete}macros: {audit: []}\ntransform: {use: [audti], steps: [{use: nothing}]}`,
      }),
    ).toMatchInlineSnapshot(`
      "error a.yaml:5:19 transform.steps[0]: there is no macro audti
        did you mean \`audit\`?
      error a.yaml:5:41 transform.steps[1]: there is no macro nothing
        macros: audit"
    `);
  });
  it('may be missing in a fragment, which a child completes', async () => {
    const { recipe, text } = await load({ 'a.yaml': 'transform:\n  use: [audit]\n' });
    expect(text).toMatchInlineSnapshot(`
      "warning a.yaml:2:9 transform.steps[0]: there is no macro audit
        define it under \`macros\`, here or in a parent"
    `);
    expect(recipe.value).toEqual({ transform: { steps: [{ use: 'audit' }] } });
  });
  it('refuse ids that are taken', async () => {
    expect(
      await found({
        'a.yaml':
          'macros: {m: []}\ntransform:\n  use: [m]\n  steps:\n    - {id: x, type: a}\n    - {id: x, type: b}\n    - {id: m, type: c}\n',
      }),
    ).toMatchInlineSnapshot(`
      "error a.yaml:6:12 transform.steps[2]: the id x is taken by another step, at a.yaml:5:12
        ids are unique in the resolved recipe: choose another one
      error a.yaml:7:12 transform.steps[3]: the id m is taken by another step, at a.yaml:3:9
        ids are unique in the resolved recipe: choose another one"
    `);
    expect(
      await found({
        'base.yaml': 'transform: {steps: [{id: x, type: a}]}',
        'a.yaml': 'extends: base.yaml\ntransform:\n  steps:\n    - {id: x, type: b}\n',
      }),
    ).toMatchInlineSnapshot(`
      "error a.yaml:4:12 transform.steps[1]: the id x is taken by another step, at base.yaml:1:26
        ids are unique in the resolved recipe: choose another one"
    `);
  });
  it('refuse calls and ids that are none', async () => {
    expect(
      await found({
        'a.yaml':
          'macros: {m: []}\ntransform:\n  use: [5, "{{ var(\'x\') }}"]\n  steps: [{use: 5}, {use: m, type: a, x: 1}, {id: 5, type: a}, {id: "{{ var(\'x\') }}", type: a}]\n',
      }),
    ).toMatchInlineSnapshot(`
      "error a.yaml:3:9 transform.use[0]: expected the name of a macro
      error a.yaml:3:12 transform.use[1]: expected the name of a macro
      error a.yaml:4:51 transform.steps[2].id: an id is text, and no template
      error a.yaml:4:69 transform.steps[3].id: an id is text, and no template
      error a.yaml:4:17 transform.steps[0]: expected the name of a macro
      error a.yaml:4:30 transform.steps[1].type: a step has a \`type\` or a \`use\`, not both
        a call of a macro has \`use\`, and perhaps an \`id\`
      error a.yaml:4:39 transform.steps[1].x: unknown key
        a call of a macro has \`use\`, and perhaps an \`id\`
      error a.yaml:4:69 transform.steps[1].id: there is no var x
        define it under \`vars\`, or give it with --var"
    `);
    expect(await found({ 'a.yaml': 'transform:\n  use: audit\n' })).toMatchInlineSnapshot(`
      "error a.yaml:2:8 transform.use: expected a list of macros
        as in \`use: [audit]\`"
    `);
  });
  it('are bounded', async () => {
    const levels = Array.from(
      { length: 10 },
      (_, i) => `  m${i + 1}: [${'{use: m'.concat(`${i}},`).repeat(10)}]`,
    );
    const text = await found({
      'a.yaml': `macros:\n  m0: [{type: a}]\n${levels.join('\n')}\ntransform: {use: [m10]}`,
    });
    expect(text).toContain('the recipe has more than 10000 steps');
  });
});
