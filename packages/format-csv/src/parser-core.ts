import { Parser } from 'csv-parse';

/**
 * The parts of csv-parse 7.0.3 that we stand on. Its public way of telling a quoted field from an unquoted one, the
 * context of `cast`, copies its whole state for each field and made reading 15 times slower; so `__onField` and `__onRecord`, which
 * it calls on itself, are replaced by ours. The version is pinned exactly, and `checkParser` tests the behaviour.
 */
export interface ParserCore {
  /** Returns an error, or throws what our own callbacks throw. */
  parse(
    chunk: Uint8Array | undefined,
    end: boolean,
    push: (record: unknown) => void,
    close: () => void,
  ): Error | undefined;
  __onField: () => undefined;
  __onRecord: () => undefined;
  __compareBytes: (source: Uint8Array, target: Uint8Array, position: number, first: number) => number;
  readonly options: { readonly record_delimiter: readonly Uint8Array[] };
  readonly info: { bytes: number; comment_lines: number };
  readonly state: {
    readonly field: ParserBuffer;
    wasQuoting: boolean;
    readonly quoting: boolean;
    readonly record: unknown[];
    readonly previousBuf: Buffer | undefined;
  };
}

/** The bytes of the field that is being read. */
export interface ParserBuffer {
  length: number;
  readonly buf: Buffer;
  append(byte: number): void;
}

export interface Dialect {
  readonly delimiter: string;
  readonly quote: string | null;
  readonly escape: string | null;
  readonly comment: string | undefined;
  readonly trim: boolean;
}

/** A csv-parse parser that yields nothing by itself. Undefined: it isn't built as we expect. */
export function createParserCore(dialect: Dialect): ParserCore | undefined {
  const parser = new Parser({
    delimiter: dialect.delimiter,
    quote: dialect.quote,
    escape: dialect.escape,
    trim: dialect.trim,
    ...(dialect.comment === undefined ? {} : { comment: dialect.comment, comment_no_infix: true }),
  });
  const core = (parser as unknown as { api?: ParserCore }).api;
  if (
    typeof core?.parse !== 'function' ||
    typeof core.__onField !== 'function' ||
    typeof core.__onRecord !== 'function' ||
    typeof core.__compareBytes !== 'function' ||
    typeof core.state?.wasQuoting !== 'boolean' ||
    !Array.isArray(core.state.record) ||
    !Buffer.isBuffer(core.state.field?.buf) ||
    typeof core.info?.bytes !== 'number' ||
    !Array.isArray(core.options?.record_delimiter)
  ) {
    return undefined;
  }
  return core;
}
