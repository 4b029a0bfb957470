import { describe, expect, it } from 'vitest';
import { nearest } from '../src/index.js';

describe('nearest', () => {
  const names = ['rename_columns', 'drop_columns', 'select_columns', 'add_column', 'cast_columns'];

  it('finds slips of the pen, best first', () => {
    expect(nearest('rename_colums', names)[0]).toBe('rename_columns');
    expect(nearest('drop-columns', names)[0]).toBe('drop_columns');
    expect(nearest('AddColumn', names)[0]).toBe('add_column');
    expect(nearest('csat_columns', names)[0]).toBe('cast_columns');
    expect(nearest('customer', ['customer_id', 'order'])).toEqual(['customer_id']);
    expect(nearest('ab', ['ba', 'xy'])).toEqual(['ba']);
    expect(nearest('int46', ['int16', 'int32', 'int64'])).toEqual(['int64', 'int16']);
  });

  it('finds none where nothing is near, and at most three', () => {
    expect(nearest('postgres', names)).toEqual([]);
    expect(nearest('', ['a', 'abc'])).toEqual(['a']);
    expect(nearest('x', [])).toEqual([]);
    expect(nearest('col', ['col1', 'col2', 'col3', 'col4'])).toEqual(['col1', 'col2', 'col3']);
  });
});
