import { suggestion } from './suggest.js';

/** What stands between `{{` and `}}`, as in `env_var('PORT', '5432') | int`. */
export interface Expression {
  /** As written, with its braces. */
  readonly source: string;
  /** `text` is a quoted text by itself. */
  readonly name: 'env_var' | 'var' | 'text' | Name;
  readonly args: readonly string[];
  readonly filters: readonly Filter[];
}

export type Segment = string | Expression;
export type Name = 'recipe.name' | 'run.id' | 'run.started_at' | 'stream.name' | 'stream.table';
export type Filter = 'int' | 'number' | 'bool';

const NAMES: readonly string[] = ['recipe.name', 'run.id', 'run.started_at', 'stream.name', 'stream.table'];
const FUNCTIONS: Readonly<Record<string, { readonly most: number; readonly example: string }>> = {
  env_var: { most: 2, example: "env_var('NAME') or env_var('NAME', 'default')" },
  var: { most: 1, example: "var('x')" },
};
const FILTERS: readonly string[] = ['int', 'number', 'bool'];
const QUOTED = /^(?:'(?:[^'\\]|\\[\\'"])*'|"(?:[^"\\]|\\[\\'"])*")/;

/** Why text is no template. */
export class TemplateProblem {
  readonly message: string;
  readonly hint: string | undefined;
  readonly code: 'TEMPLATE' | 'VAR';

  constructor(message: string, hint?: string, code: 'TEMPLATE' | 'VAR' = 'TEMPLATE') {
    this.message = message;
    this.hint = hint;
    this.code = code;
  }
}

/** Takes text apart into what stays and what is substituted. */
export function parseTemplate(text: string): readonly Segment[] | TemplateProblem {
  const segments: Segment[] = [];
  let rest = text;
  while (rest !== '') {
    const start = rest.indexOf('{{');
    if (start !== 0) segments.push(start === -1 ? rest : rest.slice(0, start));
    if (start === -1) break;
    const end = endOfExpression(rest, start);
    if (end === undefined)
      return new TemplateProblem(
        '`{{` without its `}}`',
        'close the template, or write the text as `!literal` (in JSON: {"$literal": …})',
      );
    const expression = parseExpression(rest.slice(start, end));
    if (expression instanceof TemplateProblem) return expression;
    segments.push(expression);
    rest = rest.slice(end);
  }
  return segments;
}

/** Text as an expression that yields it. */
export function quoteText(text: string): string {
  return `{{ '${text.replace(/[\\']/g, '\\$&')}' }}`;
}

function endOfExpression(text: string, start: number): number | undefined {
  for (let at = start + 2; at < text.length; at += 1) {
    if (text.startsWith('}}', at)) return at + 2;
    const quoted = text[at] === "'" || text[at] === '"' ? QUOTED.exec(text.slice(at)) : null;
    if (quoted !== null) at += quoted[0].length - 1;
  }
  return undefined;
}

function parseExpression(source: string): Expression | TemplateProblem {
  let rest = source.slice(2, -2).trim();
  const quoted = QUOTED.exec(rest);
  const word = /^[A-Za-z_][\w.]*/.exec(rest)?.[0];
  let name: string;
  let args: readonly string[] = [];
  if (quoted !== null) {
    name = 'text';
    args = [unquote(quoted[0])];
    rest = rest.slice(quoted[0].length).trim();
  } else if (word === undefined) {
    return new TemplateProblem(
      `${source} is no template`,
      "as in {{ var('x') }}; text that is none is written as `!literal`",
    );
  } else {
    name = word;
    rest = rest.slice(word.length).trim();
    const call = parseArguments(name, rest);
    if (call instanceof TemplateProblem) return call;
    ({ args, rest } = call);
  }
  const filters = parseFilters(source, rest);
  if (filters instanceof TemplateProblem) return filters;
  return { source, name: name as Expression['name'], args, filters };
}

function parseArguments(
  name: string,
  text: string,
): { args: readonly string[]; rest: string } | TemplateProblem {
  if (name === 'param')
    return new TemplateProblem('`param`, for macros with parameters: not supported by this version');
  const known = Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name] : undefined;
  if (known === undefined) {
    if (!NAMES.includes(name))
      return new TemplateProblem(
        `there is no \`${name}\` in templates`,
        suggestion(name, [...Object.keys(FUNCTIONS), ...NAMES], 'known'),
      );
    return { args: [], rest: text };
  }
  const wrong = new TemplateProblem(
    `\`${name}\` takes ${known.most === 1 ? 'a quoted text' : 'one or two quoted texts'}`,
    `as in ${known.example}`,
  );
  if (!text.startsWith('(')) return wrong;
  const args: string[] = [];
  let rest = text.slice(1).trim();
  for (;;) {
    const quoted = QUOTED.exec(rest)?.[0];
    if (quoted === undefined) return wrong;
    args.push(unquote(quoted));
    rest = rest.slice(quoted.length).trim();
    if (rest.startsWith(')')) break;
    if (!rest.startsWith(',')) return wrong;
    rest = rest.slice(1).trim();
  }
  if (args.length > known.most || args[0] === '') return wrong;
  return { args, rest: rest.slice(1).trim() };
}

function parseFilters(source: string, text: string): readonly Filter[] | TemplateProblem {
  const filters: Filter[] = [];
  let rest = text;
  while (rest !== '') {
    const filter = /^\|\s*([A-Za-z_]\w*)\s*/.exec(rest);
    if (filter === null)
      return new TemplateProblem(`can't read ${source}`, "as in {{ var('x') }} or {{ env_var('N') | int }}");
    const name = filter[1] as string;
    if (!FILTERS.includes(name))
      return new TemplateProblem(`there is no filter \`${name}\``, suggestion(name, FILTERS, 'filters'));
    filters.push(name as Filter);
    rest = rest.slice(filter[0].length);
  }
  return filters;
}

function unquote(text: string): string {
  return text.slice(1, -1).replace(/\\([\\'"])/g, '$1');
}
