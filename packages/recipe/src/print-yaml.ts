import { type Node, needsLiteral, type ScalarNode } from './node.js';
import { jsonScalar } from './print-json.js';

/** What stands at the end of a line, if anything. */
export type Comment = (node: Node) => string | undefined;

/** Texts that need no quotes, not even for those who read YAML 1.1: on a line of their own, and anywhere. */
const PLAIN_IN_BLOCK = /^[A-Za-z_/.][\w./*+@=$(),'-]*(?: [\w./*+@=$(),'-]+)*$/;
const PLAIN = /^[A-Za-z_/.][\w./*+@=$()-]*(?: [\w./*+@=$()-]+)*$/;
const NOT_TEXT = /^(?:null|true|false|yes|no|on|off|y|n|~|\.inf|\.nan|\.\d.*)$/i;
const BLOCK =
  /^(?:[^\s#][\x20-\x7e\u00a0-\ud7ff\ue000-\ufefe\uff00-\ufffd]*|)(?:\n(?:[\x20-\x7e\u00a0-\ud7ff\ue000-\ufefe\uff00-\ufffd]*))*$/;
const FLOW_WIDTH = 80;

/** Prints a tree as YAML. Comments make every list a list of lines. */
export function printYaml(root: Node, comment?: Comment): string {
  return `${isBare(root) ? bare(root, comment) : lines(root, 0, comment).join('\n')}\n`;
}

/** Whether a value stands on the line of its key. */
function isBare(node: Node): boolean {
  if (node.kind === 'scalar') return true;
  return node.kind === 'list' ? node.items.length === 0 : node.entries.size === 0;
}

function bare(node: Node, comment: Comment | undefined): string {
  const text = node.kind === 'scalar' ? scalarText(node, PLAIN_IN_BLOCK) : node.kind === 'list' ? '[]' : '{}';
  return text + commentText(node, comment);
}

function commentText(node: Node, comment: Comment | undefined): string {
  const text = comment?.(node);
  return text === undefined ? '' : ` # ${text.replace(/[\r\n]/g, ' ')}`;
}

function lines(node: Node, depth: number, comment: Comment | undefined): string[] {
  const indent = '  '.repeat(depth);
  if (node.kind === 'map')
    return [...node.entries].flatMap(([key, { value }]) =>
      entry(`${indent}${keyText(key)}:`, value, depth, comment),
    );
  if (node.kind === 'list') return node.items.flatMap((value) => item(value, depth, comment));
  return [indent + bare(node, comment)];
}

function entry(head: string, value: Node, depth: number, comment: Comment | undefined): string[] {
  const block = value.kind === 'scalar' ? blockText(value, depth + 1) : undefined;
  if (block !== undefined) return [`${head} ${block[0]}${commentText(value, comment)}`, ...block.slice(1)];
  if (isBare(value)) return [`${head} ${bare(value, comment)}`];
  const flow = comment === undefined ? flowList(value) : undefined;
  if (flow !== undefined && head.length + flow.length < FLOW_WIDTH) return [`${head} ${flow}`];
  return [head, ...lines(value, depth + 1, comment)];
}

/** An item of a list: its first line stands behind the dash. */
function item(value: Node, depth: number, comment: Comment | undefined): string[] {
  const dash = `${'  '.repeat(depth)}- `;
  if (isBare(value)) return [dash + bare(value, comment)];
  const [first, ...rest] = lines(value, depth + 1, comment);
  return [dash + (first as string).trimStart(), ...rest];
}

function flowList(node: Node): string | undefined {
  if (node.kind !== 'list' || !node.items.every((one) => one.kind === 'scalar')) return undefined;
  return `[${(node.items as readonly ScalarNode[]).map((one) => scalarText(one, PLAIN)).join(', ')}]`;
}

function scalarText(node: ScalarNode, plain: RegExp): string {
  if (typeof node.value !== 'string') return jsonScalar(node.value);
  return needsLiteral(node)
    ? `!literal ${quoted(node.value)}`
    : isPlain(node.value, plain)
      ? node.value
      : quoted(node.value);
}

function keyText(key: string): string {
  return isPlain(key, PLAIN) && !key.startsWith('/') ? key : quoted(key);
}

function isPlain(text: string, plain: RegExp): boolean {
  return text.length < 200 && plain.test(text) && !NOT_TEXT.test(text) && text !== '---' && text !== '...';
}

/** Text in double quotes, all of whose escapes YAML knows as JSON does. */
function quoted(text: string): string {
  return JSON.stringify(text).replace(
    /[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Text of several lines as a block, if that reads back as it is. */
function blockText(node: ScalarNode, depth: number): string[] | undefined {
  const text = node.value;
  if (typeof text !== 'string' || !text.includes('\n') || needsLiteral(node)) return undefined;
  if (!BLOCK.test(text) || /[ \t]$/m.test(text) || /\n\n$/.test(text) || text.startsWith('\n'))
    return undefined;
  const indent = '  '.repeat(depth);
  const body = text.endsWith('\n') ? text.slice(0, -1) : text;
  const rows = body.split('\n').map((row) => (row === '' ? '' : indent + row));
  return [text.endsWith('\n') ? '|' : '|-', ...rows];
}
