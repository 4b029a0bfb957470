import { TypeInference } from '@datacook/toolkit';

const PLAIN = /^[-+]?[\d.]*$/;
const SPECIAL = /^[-+]?(?:nan|inf|infinity)$/i;

/** Whether a number's text, read as a double and written again, has the same value. Fifteen digits always do. */
export function isExactDouble(text: string): boolean {
  if (text.length <= 15 && PLAIN.test(text)) return true;
  if (SPECIAL.test(text)) return true;
  const inference = new TypeInference();
  inference.observe('0.5');
  inference.observe(text.startsWith('+') ? text.slice(1) : text);
  return inference.type().kind === 'float';
}
