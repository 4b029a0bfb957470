/** A fenced block of a Markdown file: ```` ```yaml orders.yaml ````. */
export interface Block {
  readonly language: string;
  /** What stands behind the language: the file that the block shows. */
  readonly name: string | undefined;
  readonly text: string;
  /** Of the opening fence, from 1. */
  readonly line: number;
}

/** The fenced blocks of a Markdown text. Throws for a fence that is never closed. */
export function fencedBlocks(markdown: string): readonly Block[] {
  const blocks: Block[] = [];
  const lines = markdown.split('\n');
  for (let at = 0; at < lines.length; at += 1) {
    const fence = /^(`{3,})(\S*)\s*(\S*)/.exec(lines[at] as string);
    if (!fence) continue;
    const end = lines.indexOf(fence[1] as string, at + 1);
    if (end < 0) throw new Error(`the block of line ${at + 1} is never closed`);
    const text = `${lines.slice(at + 1, end).join('\n')}\n`;
    blocks.push({ language: fence[2] as string, name: fence[3] || undefined, text, line: at + 1 });
    at = end;
  }
  return blocks;
}

/** A command of a `console` block, and what the block shows that it says. */
export interface Exchange {
  readonly command: string;
  readonly shown: string;
}

/** The commands of a `console` block: lines that begin with `$ `. */
export function exchangesOf(block: Block): readonly Exchange[] {
  const exchanges: { command: string; shown: string }[] = [];
  for (const line of block.text.trimEnd().split('\n')) {
    const last = exchanges.at(-1);
    if (line.startsWith('$ ')) exchanges.push({ command: line.slice(2), shown: '' });
    else if (last) last.shown += `${line}\n`;
    else throw new Error(`line ${block.line + 1}: a console block begins with a command`);
  }
  return exchanges;
}
