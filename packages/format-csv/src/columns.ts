import { DatacookError, type DataType, type Field, type Schema } from '@datacook/core';
import { nearest, parseType } from '@datacook/toolkit';
import type { CsvConfig } from './config.js';
import { syntaxError } from './errors.js';

/** The names of a file's columns, from its first record or the options. */
export function columnNames(config: CsvConfig, record: readonly (string | null)[], line: number): string[] {
  const { columns } = config;
  const found = record.length;
  if (columns !== undefined) {
    if (config.header && found !== columns.length) {
      throw syntaxError(`the header has ${found} fields, but \`columns\` names ${columns.length}`, line, {
        hint: 'Name in `columns` as many as the header has.',
        details: { expected: columns.length, found },
      });
    }
    return [...columns];
  }
  if (!config.header) return record.map((_, index) => `column${index + 1}`);
  const header = record.map((name) => name ?? '');
  checkHeader(header, line);
  return header;
}

function checkHeader(header: readonly string[], line: number): void {
  const places = new Map<string, number>();
  for (const [index, name] of header.entries()) {
    const field = index + 1;
    if (name === '') {
      throw new DatacookError('SCHEMA', `Field ${field} of the header has no name.`, {
        hint: 'Give it one in the file, or say `columns: [...]` in `format`, which replaces the header.',
        details: { line, field },
      });
    }
    const first = places.get(name);
    if (first !== undefined) {
      throw new DatacookError(
        'SCHEMA',
        `Fields ${first} and ${field} of the header have the same name ${JSON.stringify(name)}.`,
        {
          hint: 'Rename one in the file, or say `columns: [...]` in `format`, which replaces the header.',
          details: { line, field, column: name },
        },
      );
    }
    places.set(name, field);
  }
}

/** The declared types by column. Throws SCHEMA if one names a column that the file doesn't have. */
export function declaredTypes(config: CsvConfig, names: readonly string[]): ReadonlyMap<string, DataType> {
  const types = new Map<string, DataType>();
  for (const [name, text] of Object.entries(config.types)) {
    if (!names.includes(name)) {
      throw new DatacookError(
        'SCHEMA',
        `\`types\` declares the column ${JSON.stringify(name)}, which the file doesn't have.`,
        {
          hint: suggestion(name, names),
          details: { column: name },
        },
      );
    }
    types.set(name, parseType(text));
  }
  return types;
}

/** For each field of the schema the index of its column in the file; -1 where it is missing. */
export function matchColumns(schema: Schema, names: readonly string[]): Int32Array {
  const wanted = schema.fields.map((field) => field.name);
  const extra = names.filter((name) => !wanted.includes(name));
  if (extra.length > 0) {
    throw new DatacookError('SCHEMA', `The file has ${listColumns(extra)} that the schema lacks.`, {
      hint: suggestion(extra[0]!, wanted),
      details: { columns: extra },
    });
  }
  const required = schema.fields.filter((field) => !field.nullable && !names.includes(field.name));
  if (required.length > 0) {
    const missing = required.map((field) => field.name);
    throw new DatacookError('SCHEMA', `The file lacks ${listColumns(missing)}, which must not be NULL.`, {
      hint: suggestion(missing[0]!, names),
      details: { columns: missing },
    });
  }
  return Int32Array.from(wanted, (name) => names.indexOf(name));
}

/** A nullable field, as every column of a CSV file is. */
export function csvField(name: string, type: DataType): Field {
  return { name, type, nullable: true };
}

function listColumns(names: readonly string[]): string {
  return `${names.length === 1 ? 'the column' : 'the columns'} ${names.map((name) => JSON.stringify(name)).join(', ')}`;
}

function suggestion(name: string, candidates: readonly string[]): string {
  const near = nearest(name, candidates)[0];
  return near === undefined
    ? `There are: ${candidates.map((candidate) => JSON.stringify(candidate)).join(', ')}.`
    : `Is ${JSON.stringify(near)} meant?`;
}
