import { isDatacookError } from '@datacook/core';
import { parseType } from '@datacook/toolkit';
import { z } from 'zod';

const character = z.string().regex(/^[\t\x20-\x7e]$/, 'must be one ASCII character');

/** The options of `format: { type: csv, … }`. */
const csvConfig = z
  .strictObject({
    delimiter: z
      .string()
      .min(1)
      .default(',')
      .describe('What stands between two fields; may be several characters.'),
    quote: z
      .union([character, z.literal(false), z.null()])
      .default('"')
      .describe('What encloses a field; `false` or null: there are no quoted fields.'),
    escape: character
      .optional()
      .describe('What stands before a quote that belongs to the value. Default: the quote itself.'),
    header: z.boolean().default(true).describe('The first record holds the names of the columns.'),
    columns: z
      .array(z.string().min(1))
      .min(1)
      .optional()
      .describe("Names of the columns; with `header: true` in place of the header's."),
    encoding: z.string().default('utf-8').describe("Any label that Node's TextDecoder knows."),
    null_values: z
      .array(z.string())
      .default([''])
      .describe('An unquoted field that equals one of these is NULL.'),
    types: z.record(z.string(), z.string()).default({}).describe('Types by column; the others are inferred.'),
    comment: z.string().min(1).optional().describe('A line that begins with this is left out.'),
    sample_rows: z.int().min(1).max(1_000_000).default(20_000).describe('Rows that types are inferred from.'),
    trim: z.boolean().default(false).describe('White space around fields and around quotes is dropped.'),
  })
  .superRefine((config, context) => {
    const refuse = (path: (string | number)[], message: string) =>
      context.addIssue({ code: 'custom', path, message, input: config });
    const { quote, escape: escaping, delimiter, comment } = config;

    if (/[\r\n]/.test(delimiter)) refuse(['delimiter'], 'must not hold a line end');
    if (typeof quote === 'string' && delimiter.includes(quote)) {
      refuse(['delimiter'], 'must not hold the quote');
    }
    if (escaping !== undefined && typeof quote !== 'string') {
      refuse(['escape'], 'has no meaning without a quote');
    } else if (escaping !== undefined && delimiter.includes(escaping)) {
      refuse(['escape'], 'must not occur in the delimiter');
    }
    if (comment !== undefined) {
      if (/[\r\n]/.test(comment)) refuse(['comment'], 'must not hold a line end');
      else if (comment.startsWith(delimiter)) refuse(['comment'], 'must not begin with the delimiter');
      else if (typeof quote === 'string' && comment.includes(quote)) {
        refuse(['comment'], 'must not hold the quote');
      }
    }
    if (config.columns !== undefined) {
      const seen = new Set<string>();
      for (const [index, name] of config.columns.entries()) {
        if (seen.has(name)) refuse(['columns', index], `the name ${JSON.stringify(name)} occurs twice`);
        seen.add(name);
      }
    }
    for (const [name, type] of Object.entries(config.types)) {
      try {
        parseType(type);
      } catch (error) {
        if (!isDatacookError(error)) throw error;
        refuse(['types', name], error.hint === undefined ? error.message : `${error.message} ${error.hint}`);
      }
    }
    try {
      new TextDecoder(config.encoding);
    } catch {
      refuse(
        ['encoding'],
        `${JSON.stringify(config.encoding)} is not an encoding that is known; for instance utf-8, utf-16le, windows-1252, iso-8859-15, shift_jis`,
      );
    }
  });

/** What the options are when parsed: every default filled in. */
export type CsvConfig = z.output<typeof csvConfig>;

/** What a recipe or program may say. */
export type CsvOptions = z.input<typeof csvConfig>;

export default csvConfig;
