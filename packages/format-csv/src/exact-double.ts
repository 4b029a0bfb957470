import { TypeInference } from '@datacook/toolkit';

const PLAIN = /^[-+]?[\d.]*$/;
const SPECIAL = /^[-+]?(?:nan|inf|infinity)$/i;

/** Whether a number's text is neither too great for a double nor so small that it would become zero. */
export function isInDoubleRange(text: string): boolean {
  if (text.length <= 300 && !/e/i.test(text)) return true;
  const value = Number(text);
  return Number.isNaN(value) || (Number.isFinite(value) && (value !== 0 || !/^[^e]*[1-9]/i.test(text)));
}

/** Whether a number's text, read as a double and written again, has the same value. Fifteen digits always do. */
export function isExactDouble(text: string): boolean {
  if (text.length <= 15 && PLAIN.test(text)) return true;
  if (SPECIAL.test(text)) return true;
  const inference = new TypeInference();
  inference.observe('0.5');
  inference.observe(text.startsWith('+') ? text.slice(1) : text);
  return inference.type().kind === 'float';
}
