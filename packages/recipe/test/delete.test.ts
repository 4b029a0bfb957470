import { describe, expect, it } from 'vitest';
import { found, load, resolved } from './support/load.js';

const child = (base: string, own: string) =>
  resolved({ 'base.yaml': base, 'a.yaml': `extends: base.yaml\n${own}` });
const wrong = (base: string, own: string) =>
  found({ 'base.yaml': base, 'a.yaml': `extends: base.yaml\n${own}` });

describe('delete', () => {
  it('removes what was inherited, before the own keys are laid on (11.3)', async () => {
    const base = 'transform: {steps: [{type: a}]}\ndestination: {type: x, merge_keys: [id]}';
    expect(await child(base, 'delete:\n  - transform.steps\n  - destination.merge_keys\n')).toEqual({
      transform: {},
      destination: { type: 'x' },
    });
    expect(await child(base, 'delete: [transform.steps]\ntransform: {steps: [{type: b}]}')).toMatchObject({
      transform: { steps: [{ type: 'b' }] },
    });
  });
  it('removes a whole part', async () => {
    expect(
      await child('source: {type: x}\nname: n\nvars: {a: 1}', 'delete: [source]\nsource: {type: y}'),
    ).toEqual({
      source: { type: 'y' },
      vars: { a: 1 },
    });
  });
  it('removes a step by its id, also one that a macro makes', async () => {
    const base =
      'macros: {m: [{type: m}]}\ntransform: {use: [m, m], steps: [{id: x, type: a}, {type: b}, {use: m, id: call}, {use: m}]}';
    const steps = (own: string) =>
      child(base, own).then((value) =>
        (value as { transform: { steps: { type: string }[] } }).transform.steps
          .map(({ type }) => type)
          .join(''),
      );
    expect(await steps('')).toBe('mmabmm');
    expect(await steps('delete: [transform.steps.x]')).toBe('mmbmm');
    expect(await steps('delete: [transform.steps.m]')).toBe('mabmm');
    expect(await steps('delete: [transform.steps.call]')).toBe('mmabm');
    expect(await steps('delete: [transform.steps.m_2, "transform.steps[\'x\']"]')).toBe('mbmm');
    expect(await wrong(base, 'delete: [transform.steps.y]')).toMatchInlineSnapshot(`
      "error a.yaml:2:10 delete[0]: there is no inherited transform.steps.y
        did you mean \`m\` or \`x\`?"
    `);
  });
  it('removes a stream, or a part of one, by its name', async () => {
    const base = 'source: {streams: [{name: public.customers, a: 1, b: 2}, {name: orders}, "x.*"]}';
    expect(
      await child(base, 'delete: [\'source.streams["public.customers"]\', \'source.streams["x.*"]\']'),
    ).toEqual({
      source: { streams: [{ name: 'orders' }] },
    });
    expect(
      await child(base, 'delete: [\'source.streams["public.customers"].a\', source.streams.orders]'),
    ).toEqual({
      source: { streams: [{ name: 'public.customers', b: 2 }, 'x.*'] },
    });
  });
  it('does not touch default_runtime under runtime', async () => {
    const base = 'default_runtime: {batch_size: 1}\nruntime: {batch_size: 2}';
    expect(await child(base, 'delete: [runtime.batch_size]')).toEqual({ runtime: { batch_size: 1 } });
    expect(await child(base, 'delete: [default_runtime.batch_size]')).toEqual({ runtime: { batch_size: 2 } });
  });
  it('removes a macro', async () => {
    expect(
      await wrong('macros: {m: [{type: a}]}\ntransform: {use: [m]}\nname: b', 'delete: [macros.m]\n'),
    ).toContain('there is no macro m');
  });
  it('is an error where it matches nothing', async () => {
    expect(
      await wrong(
        'destination: {merge_keys: [a]}',
        'delete:\n  - destination.merge_key\n  - transform.steps\n  - runtime\n',
      ),
    ).toMatchInlineSnapshot(`
      "error a.yaml:3:5 delete[0]: there is no inherited destination.merge_key
        did you mean \`merge_keys\`?
      error a.yaml:4:5 delete[1]: there is no inherited transform.steps
        inherited there: destination
      error a.yaml:5:5 delete[2]: there is no inherited runtime
        inherited there: destination"
    `);
  });
  it('is a warning in a recipe that extends none', async () => {
    const { recipe, text } = await load({
      'a.yaml': 'delete: [transform.steps]\ntransform: {steps: [{type: a}]}',
    });
    expect(text).toMatchInlineSnapshot(
      `"warning a.yaml:1:10 delete[0]: there is no inherited transform.steps: this recipe extends none"`,
    );
    expect(recipe.value).toEqual({ transform: { steps: [{ type: 'a' }] } });
  });
  it('is an error where it is no path', async () => {
    expect(
      await wrong('name: x', 'delete: ["a..b", "transform.steps[0]", "", 5, "a[b]", "{{ x }}"]'),
    ).toMatchInlineSnapshot(`
      "error a.yaml:2:10 delete[0]: \`a..b\` is no path
        write keys with dots between, a step by its id, a stream as source.streams["its.name"]
      error a.yaml:2:18 delete[1]: nothing is deleted by its index
        write keys with dots between, a step by its id, a stream as source.streams["its.name"]
      error a.yaml:2:40 delete[2]: \`\` is no path
        write keys with dots between, a step by its id, a stream as source.streams["its.name"]
      error a.yaml:2:44 delete[3]: expected a path, as transform.steps
      error a.yaml:2:47 delete[4]: \`a[b]\` is no path
        write keys with dots between, a step by its id, a stream as source.streams["its.name"]
      error a.yaml:2:55 delete[5]: \`{{ x }}\` is no path
        write keys with dots between, a step by its id, a stream as source.streams["its.name"]"
    `);
    expect(await wrong('name: x', 'delete: transform.steps')).toMatchInlineSnapshot(`
      "error a.yaml:2:9 delete: expected a list of paths
        as in \`delete: [transform.steps]\`"
    `);
  });
});
