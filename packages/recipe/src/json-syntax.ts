/** Where text is not JSON, and what would be right there. */
export interface JsonProblem {
  readonly offset: number;
  readonly message: string;
}

const BLANK = /[ \t\r\n]*/y;
const SCALAR =
  /"(?:[^"\\\p{Cc}]|[\x7f-\x9f]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?|true|false|null/uy;

/** The first place where text is not JSON; undefined if all of it is. Walks without recursion. */
export function findJsonProblem(text: string): JsonProblem | undefined {
  const open: ('{' | '[')[] = [];
  let offset = 0;
  let wanted: 'value' | 'key' | 'first key' | 'first item' | 'next' = 'value';
  const match = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = offset;
    return pattern.exec(text)?.[0];
  };
  for (;;) {
    offset += match(BLANK)?.length ?? 0;
    const char = text[offset];
    const inside = open.at(-1);
    if (wanted === 'next') {
      if (inside === undefined)
        return char === undefined ? undefined : { offset, message: 'nothing may follow the value' };
      if (char !== ',' && char !== closing(inside))
        return { offset, message: `expected , or ${closing(inside)}` };
      if (char !== ',') open.pop();
      else wanted = inside === '{' ? 'key' : 'value';
      offset += 1;
    } else if ((wanted === 'first key' && char === '}') || (wanted === 'first item' && char === ']')) {
      open.pop();
      offset += 1;
      wanted = 'next';
    } else if (wanted === 'key' || wanted === 'first key') {
      const key = char === '"' ? match(SCALAR) : undefined;
      if (key === undefined) return { offset, message: 'expected a key in double quotes' };
      offset += key.length;
      offset += match(BLANK)?.length ?? 0;
      if (text[offset] !== ':') return { offset, message: 'expected :' };
      offset += 1;
      wanted = 'value';
    } else if (char === '{' || char === '[') {
      open.push(char);
      offset += 1;
      wanted = char === '{' ? 'first key' : 'first item';
    } else {
      const scalar = match(SCALAR);
      if (scalar === undefined) return { offset, message: 'expected a value' };
      offset += scalar.length;
      wanted = 'next';
    }
  }
}

function closing(open: '{' | '['): string {
  return open === '{' ? '}' : ']';
}
