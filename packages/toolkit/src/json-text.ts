/** Splits JSON text into its values without decoding numbers, so that no digit is lost. */

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const WORD = /true|false|null/y;

/** Walks over the text of one JSON array or object. Every method is false or undefined where the text is no JSON. */
export class JsonWalker {
  private at = 0;
  private readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  /** Takes `sign` if it comes next. */
  take(sign: string): boolean {
    this.blanks();
    if (this.text[this.at] !== sign) return false;
    this.at++;
    return true;
  }

  atEnd(): boolean {
    this.blanks();
    return this.at === this.text.length;
  }

  /** A string, decoded. */
  string(): string | undefined {
    const raw = this.value();
    return raw?.startsWith('"') ? (JSON.parse(raw) as string) : undefined;
  }

  /** The next value's own text. Strings and what nests are checked by whoever reads them. */
  value(): string | undefined {
    this.blanks();
    const from = this.at;
    const first = this.text[from];
    let to: number;
    if (first === '"') to = this.stringEnd(from);
    else if (first === '{' || first === '[') to = this.nestedEnd(from);
    else to = this.scalarEnd(from);
    if (to < 0) return undefined;
    this.at = to;
    return this.text.slice(from, to);
  }

  private scalarEnd(from: number): number {
    for (const pattern of [NUMBER, WORD]) {
      pattern.lastIndex = from;
      if (pattern.test(this.text)) return pattern.lastIndex;
    }
    return -1;
  }

  private stringEnd(from: number): number {
    const { text } = this;
    let to = from;
    do {
      to = text.indexOf('"', to + 1);
      if (to < 0) return -1;
    } while (isEscaped(text, to));
    return isJson(text.slice(from, to + 1)) ? to + 1 : -1;
  }

  /** Finds the closing bracket, and leaves all else to `JSON.parse`. */
  private nestedEnd(from: number): number {
    const { text } = this;
    let depth = 0;
    for (let at = from; at < text.length; at++) {
      const sign = text[at];
      if (sign === '"') {
        at = this.stringEnd(at) - 1;
        if (at < 0) return -1;
      } else if (sign === '{' || sign === '[') {
        depth++;
      } else if (sign === '}' || sign === ']') {
        if (--depth === 0) return isJson(text.slice(from, at + 1)) ? at + 1 : -1;
      }
    }
    return -1;
  }

  private blanks(): void {
    const { text } = this;
    for (;;) {
      const sign = text[this.at];
      if (sign !== ' ' && sign !== '\n' && sign !== '\r' && sign !== '\t') return;
      this.at++;
    }
  }
}

/** A string's closing quote is escaped by an odd number of backslashes. */
function isEscaped(text: string, quote: number): boolean {
  let at = quote - 1;
  while (text[at] === '\\') at--;
  return (quote - at) % 2 === 0;
}

/** Whether a text is one JSON value. */
export function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
