import type { Origin } from '@datacook/core';
import { Composer, type CST, type Document, LineCounter, type ParsedNode, Parser } from 'yaml';
import { convertDocument } from './convert.js';
import type { Findings } from './finding.js';
import { findJsonProblem } from './json-syntax.js';
import { MAX_DEPTH } from './limits.js';
import type { Level, MapNode } from './node.js';
import { reportUnquoted, unquotedTemplate } from './unquoted.js';

const OPTIONS = {
  version: '1.2',
  schema: 'core',
  intAsBigInt: true,
  prettyErrors: false,
  resolveKnownTags: false,
  strict: true,
  uniqueKeys: false,
  logLevel: 'silent',
} as const;

const HINTS: Readonly<Record<string, string>> = {
  TAB_AS_INDENT: 'indent with blanks',
  BAD_SCALAR_START: 'put the value in quotes',
  UNEXPECTED_TOKEN: 'look at the indentation and the quotes of this line and the one before it',
  BAD_INDENT: 'look at the indentation and the brackets of this line and the one before it',
  MISSING_CHAR: 'look for a quote, bracket or brace that was opened and not closed',
  BLOCK_AS_IMPLICIT_KEY: 'put a value that contains ": " in quotes',
};

/**
 * Reads the text of a recipe. Undefined, with findings, where it isn't YAML or JSON, or no mapping.
 * JSON is checked as such, and then read as the YAML that it is.
 */
export function parseText(text: string, level: Level, what: string, findings: Findings): MapNode | undefined {
  const lines = new LineCounter();
  const originAt = (offset: number): Origin => {
    const { line, col } = lines.linePos(offset);
    return { file: level.file, line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const start: Origin = { file: level.file, line: 1, column: 1 };
  try {
    const tokens = [...new Parser(lines.addNewLine).parse(text)];
    if (level.file.toLowerCase().endsWith('.json') && !isJson(text, originAt, findings)) return undefined;
    const deep = tooDeep(tokens);
    if (deep !== undefined) {
      findings.error('SYNTAX', `nested more than ${MAX_DEPTH} levels deep`, { origin: originAt(deep) });
      return undefined;
    }
    const documents = [...new Composer<ParsedNode>(OPTIONS).compose(tokens, true, text.length)];
    const first = documents[0] as Document.Parsed;
    if (!isSound(documents, text, originAt, findings)) return undefined;
    if (first.contents === null || isNothing(first)) {
      findings.error('SYNTAX', `this ${what} is empty`, {
        origin: start,
        hint: 'give it at least a name, a source and a destination',
      });
      return undefined;
    }
    return convertDocument(first, text, level, originAt, what, findings);
  } catch (error) {
    findings.error('SYNTAX', `can't be read as YAML: ${(error as Error).message}`, { origin: start });
    return undefined;
  }
}

function isNothing(document: Document.Parsed): boolean {
  const contents = document.contents as {
    readonly value?: unknown;
    readonly source?: unknown;
    readonly tag?: string;
  };
  return contents.value === null && contents.source === '' && contents.tag === undefined;
}

/** Reports the first error of syntax: what follows it in a file is mostly its echo. */
function isSound(
  documents: readonly Document.Parsed[],
  text: string,
  originAt: (offset: number) => Origin,
  findings: Findings,
): boolean {
  for (const { warnings, directives } of documents) {
    for (const warning of warnings) {
      if (warning.code !== 'TAG_RESOLVE_FAILED')
        findings.warning('SYNTAX', warning.message, { origin: originAt(warning.pos[0]) });
    }
    if (directives.yaml.explicit === true && directives.yaml.version !== '1.2') {
      findings.error('SYNTAX', `recipes are YAML 1.2, not ${directives.yaml.version}`, {
        origin: originAt(0),
      });
      return false;
    }
  }
  const error = documents.flatMap((document) => document.errors)[0];
  if (error !== undefined) {
    const template = unquotedTemplate(text, error.pos[0]);
    if (template === undefined) {
      const hint = HINTS[error.code];
      findings.error('SYNTAX', error.message, { origin: originAt(error.pos[0]), hint });
    } else {
      reportUnquoted(originAt(template), findings);
    }
    return false;
  }
  const second = documents[1];
  if (second !== undefined) {
    findings.error('SYNTAX', 'a file is one recipe, and this one has several documents', {
      origin: originAt(second.range[0]),
      hint: 'remove the `---` line, or make it a file of its own',
    });
    return false;
  }
  return true;
}

function isJson(text: string, originAt: (offset: number) => Origin, findings: Findings): boolean {
  const problem = findJsonProblem(text);
  if (problem !== undefined)
    findings.error('SYNTAX', `not valid JSON: ${problem.message}`, { origin: originAt(problem.offset) });
  return problem === undefined;
}

/** The offset of what is nested too deeply. Walks without recursion: composing recurses, and would end the process. */
function tooDeep(tokens: readonly CST.Token[]): number | undefined {
  const waiting: { token: CST.Token; depth: number }[] = tokens.map((token) => ({ token, depth: 0 }));
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { token, depth } = next;
    if (depth > MAX_DEPTH) return token.offset ?? 0;
    if ('value' in token && typeof token.value === 'object' && token.value !== null)
      waiting.push({ token: token.value, depth: depth + 1 });
    if (!('items' in token)) continue;
    for (const item of token.items) {
      if (item.key) waiting.push({ token: item.key, depth: depth + 1 });
      if (item.value) waiting.push({ token: item.value, depth: depth + 1 });
    }
  }
  return undefined;
}
