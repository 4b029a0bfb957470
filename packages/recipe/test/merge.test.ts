import { describe, expect, it } from 'vitest';
import { found, load, resolved } from './support/load.js';

/** The value of a child that extends a base. */
const child = (base: string, own: string) =>
  resolved({ 'base.yaml': base, 'a.yaml': `extends: base.yaml\n${own}` });
const wrong = (base: string, own: string) =>
  found({ 'base.yaml': base, 'a.yaml': `extends: base.yaml\n${own}` });

describe('merging', () => {
  it('lets a scalar override', async () => {
    expect(await child('runtime: {batch_size: 20000}', 'runtime: {batch_size: 5000}')).toEqual({
      runtime: { batch_size: 5000 },
    });
  });
  it('merges mappings deeply, key by key', async () => {
    expect(
      await child('source: {type: x, incremental: {a: 1, b: 2}}', 'source: {incremental: {b: 3, c: 4}}'),
    ).toEqual({
      source: { type: 'x', incremental: { a: 1, b: 3, c: 4 } },
    });
  });
  it('puts the steps of the child behind those of the parent', async () => {
    expect(
      await child('transform: {steps: [{type: a}]}', 'transform: {steps: [{type: b}, {type: a}]}'),
    ).toEqual({
      transform: { steps: [{ type: 'a' }, { type: 'b' }, { type: 'a' }] },
    });
  });
  it('merges streams by name, and adds others; steps of a stream are put behind one another', async () => {
    const base =
      'source: {streams: [{name: a, x: 1, transform: {steps: [{type: p}]}}, "public.*", {name: b}]}';
    const own =
      'source: {streams: [{name: c}, {name: a, y: 2, transform: {steps: [{type: q}]}}, "public.*", "!public.tmp_*"]}';
    expect(await child(base, own)).toEqual({
      source: {
        streams: [
          { name: 'a', x: 1, transform: { steps: [{ type: 'p' }, { type: 'q' }] }, y: 2 },
          'public.*',
          { name: 'b' },
          { name: 'c' },
          '!public.tmp_*',
        ],
      },
    });
  });
  it('refuses two streams of one name in a file', async () => {
    expect(
      await found({ 'a.yaml': 'source:\n  streams:\n    - name: x\n    - name: x\n' }),
    ).toMatchInlineSnapshot(
      `"error a.yaml:4:7 source.streams[1]: the stream x stands here twice; first at a.yaml:3:7"`,
    );
  });
  it('replaces any other list', async () => {
    expect(await child('destination: {merge_keys: [a, b]}', 'destination: {merge_keys: [c]}')).toEqual({
      destination: { merge_keys: ['c'] },
    });
    expect(
      await child('macros: {m: [{type: a}]}', 'macros: {m: [{type: b}]}\ntransform: {use: [m]}'),
    ).toEqual({
      transform: { steps: [{ type: 'b' }] },
    });
  });
  it('replaces `use`, and warns of what that drops', async () => {
    const macros = 'macros: {a: [{type: a}], b: [{type: b}]}';
    const files = {
      'base.yaml': `${macros}\ntransform:\n  use: [a, b]\n`,
      'a.yaml': 'extends: base.yaml\ntransform:\n  use: [b]\n',
    };
    const { recipe, text } = await load(files);
    expect(recipe.value).toEqual({ transform: { steps: [{ type: 'b' }] } });
    expect(text).toMatchInlineSnapshot(`
      "warning a.yaml:3:3 transform.use: replaces the inherited list, which drops a (base.yaml:3:9)
        name it here too if it should stay"
    `);
  });
  it('merges default_runtime by itself, and folds it under any runtime of the chain', async () => {
    const files = {
      'c.yaml':
        'runtime: {batch_size: 1}\ndefault_runtime: {batch_size: 10, parallelism: 10, max_retries: 10}',
      'b.yaml': 'extends: c.yaml\ndefault_runtime: {batch_size: 20, parallelism: 20}',
      'a.yaml': 'extends: b.yaml\ndefault_runtime: {grace_seconds: 3}',
    };
    expect(await resolved(files)).toEqual({
      runtime: { batch_size: 1, parallelism: 20, max_retries: 10, grace_seconds: 3 },
    });
  });
  it('takes null as a value, which deletes nothing', async () => {
    expect(await child('source: {where: x}', 'source: {where: null}')).toEqual({ source: { where: null } });
    expect(await child('source: {where: null}', 'source: {where: x}')).toEqual({ source: { where: 'x' } });
    expect(await child('source: {where: x}', 'source:\n  where:\n')).toEqual({ source: { where: null } });
  });
  it('refuses an empty key over a mapping or a list', async () => {
    expect(await wrong('transform:\n  steps: []\n', 'transform:\n')).toMatchInlineSnapshot(`
      "error a.yaml:2:1 transform: left empty, over a mapping at base.yaml:1:1: an empty key deletes nothing
        leave the key out to inherit, or write \`delete: [transform]\` to remove what is inherited"
    `);
    expect(
      await wrong('destination:\n  merge_keys: [id]\n', 'destination:\n  merge_keys:\n'),
    ).toMatchInlineSnapshot(`
      "error a.yaml:3:3 destination.merge_keys: left empty, over a list at base.yaml:2:3: an empty key deletes nothing
        leave the key out to inherit, or write \`delete: [destination.merge_keys]\` to remove what is inherited"
    `);
  });
  it('refuses to lay one kind on another, with both places', async () => {
    expect(
      await wrong('source:\n  format: csv\n', 'source:\n  format: {type: csv}\n'),
    ).toMatchInlineSnapshot(`
      "error a.yaml:3:3 source.format: a mapping here can't be laid on a single value at base.yaml:2:11
        write \`delete: [source.format]\` beside it, to remove what is inherited"
    `);
    expect(
      await wrong('source:\n  format: {type: csv}\n', 'source:\n  format: csv\n'),
    ).toMatchInlineSnapshot(`
      "error a.yaml:3:11 source.format: a single value here can't be laid on a mapping at base.yaml:2:3
        write \`delete: [source.format]\` beside it, to remove what is inherited"
    `);
    expect(await wrong('source:\n  path: a\n', 'source:\n  path: [a]\n')).toMatchInlineSnapshot(`
      "error a.yaml:3:3 source.path: a list here can't be laid on a single value at base.yaml:2:9
        write \`delete: [source.path]\` beside it, to remove what is inherited"
    `);
    expect(await wrong('source:\n  path: [a]\n', 'source:\n  path: {a: 1}\n')).toMatchInlineSnapshot(`
      "error a.yaml:3:3 source.path: a mapping here can't be laid on a list at base.yaml:2:3
        write \`delete: [source.path]\` beside it, to remove what is inherited"
    `);
    expect(await wrong('source: {x: 1}\n', 'source: null\n')).toMatchInlineSnapshot(`
      "error a.yaml:2:9 source: a single value here can't be laid on a mapping at base.yaml:1:1
        write \`delete: [source]\` beside it, to remove what is inherited"
    `);
    expect(await wrong('source: null\n', 'source: {x: 1}\n')).toMatchInlineSnapshot(`
      "error a.yaml:2:1 source: a mapping here can't be laid on a single value at base.yaml:1:9
        write \`delete: [source]\` beside it, to remove what is inherited"
    `);
  });
  it('never inherits the name', async () => {
    const files = { 'base.yaml': 'name: base\ndescription: d', 'a.yaml': 'extends: base.yaml\nvars: {x: 1}' };
    const { recipe } = await load(files);
    expect(recipe.value).toEqual({ description: 'd', vars: { x: 1 } });
    expect(recipe.isFragment).toBe(true);
    expect((await load(files, { file: 'base.yaml' })).recipe.value).toEqual({
      name: 'base',
      description: 'd',
    });
  });
});

describe('origins', () => {
  it('are those of the file that said it last, and know what was said before', async () => {
    const { recipe, folder } = await load({
      'c.yaml': 'default_runtime:\n  batch_size: 1\n',
      'b.yaml': 'extends: c.yaml\nruntime:\n  batch_size: 2\n',
      'a.yaml': 'extends: b.yaml\nruntime:\n  batch_size: 3\n  parallelism: 4\n',
    });
    const at = (file: string, line: number, column: number) => ({ file: `${folder}/${file}`, line, column });
    expect(recipe.historyOf(['runtime', 'batch_size'])).toEqual([
      at('c.yaml', 2, 15),
      at('b.yaml', 3, 15),
      at('a.yaml', 3, 15),
    ]);
    expect(recipe.originOf(['runtime', 'batch_size'])).toEqual(at('a.yaml', 3, 15));
    expect(recipe.historyOf(['runtime', 'parallelism'])).toEqual([at('a.yaml', 4, 16)]);
    expect(recipe.historyOf(['runtime', 'nothing'])).toEqual([]);
    expect(recipe.historyOf(['runtime'])).toHaveLength(3);
  });
});

describe('overlays', () => {
  const recipe = {
    'base.yaml': 'runtime: {batch_size: 1, parallelism: 1, max_retries: 1}',
    'r/a.yaml': 'extends: ../base.yaml\nname: a\nruntime: {batch_size: 2, max_retries: 2}',
  };
  const over = (files: Readonly<Record<string, string>>, overlays: string[]) =>
    load({ ...recipe, ...files }, { file: 'r/a.yaml', overlays });

  it('are laid on last, in their order, found from where the command is typed', async () => {
    const { recipe, text } = await over(
      {
        'env/x.yaml': 'runtime: {batch_size: 3}\ndelete: [runtime.parallelism]',
        'env/y.yaml': 'runtime: {max_retries: 9}',
      },
      ['env/x.yaml', 'env/y.yaml'],
    );
    expect(text).toBe('');
    expect(recipe.value).toEqual({ name: 'a', runtime: { batch_size: 3, max_retries: 9 } });
    expect(recipe.originOf(['runtime', 'batch_size'])?.file).toMatch(/env\/x\.yaml$/);
  });
  it('bring their own parents, a shared one once', async () => {
    const { recipe, text } = await over(
      {
        'env/p.yaml': 'extends: ../base.yaml\nruntime: {grace_seconds: 7}\nname: p',
        'env/x.yaml': 'extends: p.yaml\nruntime: {batch_size: 5}',
      },
      ['env/x.yaml'],
    );
    expect(text).toBe('');
    expect(recipe.value).toEqual({
      name: 'a',
      runtime: { batch_size: 5, parallelism: 1, max_retries: 2, grace_seconds: 7 },
    });
  });
  it('may name the recipe', async () => {
    const { recipe } = await over({ 'x.yaml': 'name: b' }, ['x.yaml']);
    expect(recipe.value).toMatchObject({ name: 'b' });
  });
  it('are refused twice, and where there is none', async () => {
    const twice = await over({ 'x.yaml': 'name: b' }, ['x.yaml', 'x.yaml']);
    expect(twice.text).toMatchInlineSnapshot(`"error: the overlay x.yaml is already a part of the recipe"`);
    expect((await over({ 'x.yaml': 'name: b' }, ['y.yaml'])).text).toMatchInlineSnapshot(`
      "error: there is no overlay y.yaml
        did you mean x.yaml?"
    `);
    expect((await over({}, ['r/a.yaml'])).text).toMatchInlineSnapshot(
      `"error: the overlay r/a.yaml is already a part of the recipe"`,
    );
  });
});
