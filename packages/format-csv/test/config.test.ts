import { describe, expect, it } from 'vitest';
import config from '../src/config.js';
import format from '../src/format.js';

function problems(value: unknown): string[] {
  const result = config.safeParse(value);
  return result.success
    ? []
    : result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
}

describe('the options', () => {
  it('have defaults', () => {
    expect(config.parse({})).toEqual({
      delimiter: ',',
      quote: '"',
      header: true,
      encoding: 'utf-8',
      null_values: [''],
      types: {},
      sample_rows: 20_000,
      trim: false,
    });
  });

  it('are refused where they make no sense', () => {
    expect(problems({ delimeter: ';' })).toHaveLength(1);
    expect(problems({ delimiter: '' })).toHaveLength(1);
    expect(problems({ delimiter: '\n' })).toEqual(['delimiter: must not hold a line end']);
    expect(problems({ delimiter: '"' })).toEqual(['delimiter: must not hold the quote']);
    expect(problems({ quote: '“' })).toHaveLength(1);
    expect(problems({ quote: null, escape: '\\' })).toEqual(['escape: has no meaning without a quote']);
    expect(problems({ comment: ',' })).toHaveLength(1);
    expect(problems({ columns: ['a', 'a'] })).toEqual(['columns.1: the name "a" occurs twice']);
    expect(problems({ sample_rows: 0 })).toHaveLength(1);
    expect(problems({ encoding: 'utf-9' })[0]).toMatch(/^encoding: "utf-9" is not an encoding/);
    expect(problems({ types: { id: 'int46' } })[0]).toMatch(/^types\.id: .*int64/);
  });

  it('have a JSON Schema', () => {
    const schema = config.toJSONSchema({ io: 'input' }) as {
      properties: Record<string, unknown>;
      required?: unknown;
    };
    expect(Object.keys(schema.properties)).toContain('null_values');
    expect(schema.required).toBeUndefined();
  });

  it('belong to the format csv', () => {
    expect(format).toMatchObject({ contract: 1, role: 'format', type: 'csv' });
    expect(format.config).toBe(config);
  });
});
