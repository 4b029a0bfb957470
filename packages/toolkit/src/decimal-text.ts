const ZERO = 48;
const DOT = 46;
const PLUS = 43;
const MINUS = 45;
const LOWER_E = 101;
const UPPER_E = 69;

/** Digits that a number always holds exactly. */
const SAFE_DIGITS = 15;
const POWERS = Array.from({ length: SAFE_DIGITS + 1 }, (_, exponent) => 10 ** exponent);
/** Digits after and before the point that an exponent may make; PostgreSQL's limits of `numeric`. */
const MOST_EXPONENT = 131_072;
const LEAST_EXPONENT = -16_383;
const WORD = 4294967296;

/** Takes a decimal number's text apart, and turns it into an unscaled integer. Reused for many texts. */
export class DecimalText {
  negative = false;
  private text = '';
  /** The digits and the point are at [start, end) of the text. */
  private start = 0;
  private end = 0;
  private point = -1;
  /** Digits from the first one that isn't zero. */
  private significant = 0;
  /** Their value, exact if there are no more than 15. */
  private mantissa = 0;
  private exponent = 0;
  private readonly limbs = new Uint32Array(4);

  /** False if the text is no plain or exponential decimal number, or its exponent is beyond what `numeric` takes. */
  scan(text: string): boolean {
    const length = text.length;
    const sign = text.charCodeAt(0);
    let at = sign === MINUS || sign === PLUS ? 1 : 0;
    let mantissa = 0;
    let significant = 0;
    let point = -1;
    this.start = at;
    for (; at < length; at++) {
      const code = text.charCodeAt(at);
      const digit = code - ZERO;
      if (digit >= 0 && digit <= 9) {
        if (significant > 0 || digit > 0) {
          if (++significant <= SAFE_DIGITS) mantissa = mantissa * 10 + digit;
        }
      } else if (code === DOT && point < 0) {
        point = at;
      } else {
        break;
      }
    }
    if (at - this.start - (point < 0 ? 0 : 1) === 0) return false;
    this.text = text;
    this.end = at;
    this.point = point;
    this.significant = significant;
    this.mantissa = mantissa;
    this.negative = sign === MINUS && significant > 0;
    this.exponent = 0;
    return at === length || this.scanExponent(at);
  }

  /**
   * Writes the number times 10^scale as an integer of `words.length / rows` 32-bit words. False if it isn't an
   * integer, or has more than `precision` digits.
   */
  writeUnscaled(words: Int32Array, at: number, wide: boolean, precision: number, scale: number): boolean {
    const shift = scale - this.fraction() + this.exponent;
    const { significant } = this;
    if (significant === 0) return this.writeNumber(words, at, wide, 0);
    if (significant + shift > precision || significant + shift <= 0) return false;
    if (significant > SAFE_DIGITS || significant + shift > SAFE_DIGITS) {
      return this.writeLimbs(words, at, wide, shift);
    }
    let value = this.mantissa;
    if (shift >= 0) {
      value *= POWERS[shift]!;
    } else {
      const power = POWERS[-shift]!;
      value = Math.floor(value / power);
      if (value * power !== this.mantissa) return false;
    }
    return this.writeNumber(words, at, wide, this.negative ? -value : value);
  }

  /** Plain text: no exponent, no `+`, no needless zeros in front, a digit on both sides of the point. */
  plain(): string {
    const whole =
      this.point < 0 ? this.text.slice(this.start, this.end) : this.text.slice(this.start, this.point);
    const fraction = this.point < 0 ? '' : this.text.slice(this.point + 1, this.end);
    return this.join(whole, fraction);
  }

  /** The plain text with exactly `scale` digits after the point; undefined if it doesn't fit `decimal(precision, scale)`. */
  plainWithScale(precision: number, scale: number): string | undefined {
    const [whole = '', fraction = ''] = this.plain().replace('-', '').split('.');
    if (/[^0]/.test(fraction.slice(scale))) return undefined;
    if (whole !== '0' && whole.length > precision - scale) return undefined;
    const digits = scale === 0 ? whole : `${whole}.${fraction.slice(0, scale).padEnd(scale, '0')}`;
    return this.negative ? `-${digits}` : digits;
  }

  private join(wholeText: string, fractionText: string): string {
    let whole = wholeText;
    let fraction = fractionText;
    if (this.exponent > 0) {
      whole += fraction.slice(0, this.exponent).padEnd(this.exponent, '0');
      fraction = fraction.slice(this.exponent);
    } else if (this.exponent < 0) {
      const padded = whole.padStart(-this.exponent, '0');
      fraction = padded.slice(padded.length + this.exponent) + fraction;
      whole = padded.slice(0, padded.length + this.exponent);
    }
    whole = whole.replace(/^0+/, '') || '0';
    return `${this.negative ? '-' : ''}${whole}${fraction === '' ? '' : `.${fraction}`}`;
  }

  private fraction(): number {
    return this.point < 0 ? 0 : this.end - this.point - 1;
  }

  private scanExponent(from: number): boolean {
    const { text } = this;
    const mark = text.charCodeAt(from);
    if (mark !== LOWER_E && mark !== UPPER_E) return false;
    let at = from + 1;
    const sign = text.charCodeAt(at);
    if (sign === MINUS || sign === PLUS) at++;
    if (at === text.length) return false;
    let exponent = 0;
    for (; at < text.length; at++) {
      const digit = text.charCodeAt(at) - ZERO;
      if (digit < 0 || digit > 9) return false;
      exponent = Math.min(exponent * 10 + digit, 9_999_999);
    }
    this.exponent = sign === MINUS ? -exponent : exponent;
    return this.exponent <= MOST_EXPONENT && this.exponent >= LEAST_EXPONENT;
  }

  private writeNumber(words: Int32Array, at: number, wide: boolean, value: number): boolean {
    const high = Math.floor(value / WORD);
    words[at] = value | 0;
    words[at + 1] = high | 0;
    if (wide) {
      words[at + 2] = high < 0 ? -1 : 0;
      words[at + 3] = high < 0 ? -1 : 0;
    }
    return true;
  }

  private writeLimbs(words: Int32Array, at: number, wide: boolean, shift: number): boolean {
    const { text, limbs } = this;
    limbs.fill(0);
    let last = this.end;
    for (let drop = -shift; drop > 0; drop--) {
      last--;
      if (last === this.point) last--;
      if (text.charCodeAt(last) !== ZERO) return false;
    }
    let chunk = 0;
    let power = 1;
    for (let index = this.start; index < last; index++) {
      if (index === this.point) continue;
      chunk = chunk * 10 + text.charCodeAt(index) - ZERO;
      power *= 10;
      if (power === 1e6) {
        this.multiplyAdd(power, chunk);
        chunk = 0;
        power = 1;
      }
    }
    this.multiplyAdd(power, chunk);
    for (let zeros = shift; zeros > 0; zeros -= 6) this.multiplyAdd(POWERS[Math.min(zeros, 6)]!, 0);
    if (this.negative) this.negate();
    for (let word = 0; word < (wide ? 4 : 2); word++) words[at + word] = limbs[word]! | 0;
    return true;
  }

  /** `limbs = limbs * factor + add`, for factors to 1e6: a product of limb and factor stays below 2^53. */
  private multiplyAdd(factor: number, add: number): void {
    const { limbs } = this;
    let carry = add;
    for (let word = 0; word < 4; word++) {
      const product = limbs[word]! * factor + carry;
      carry = Math.floor(product / WORD);
      limbs[word] = product - carry * WORD;
    }
  }

  private negate(): void {
    const { limbs } = this;
    let carry = 1;
    for (let word = 0; word < 4; word++) {
      const sum = (~limbs[word]! >>> 0) + carry;
      carry = sum >= WORD ? 1 : 0;
      limbs[word] = sum;
    }
  }
}

/** Whether a text is already what `DecimalText.plain` would make of it. */
export function isPlainDecimal(text: string): boolean {
  const end = text.length;
  const negative = text.charCodeAt(0) === MINUS;
  const start = negative ? 1 : 0;
  if (start === end) return false;
  let point = -1;
  let nonzero = false;
  for (let at = start; at < end; at++) {
    const code = text.charCodeAt(at);
    const digit = code - ZERO;
    if (digit >= 0 && digit <= 9) {
      if (digit > 0) nonzero = true;
    } else if (code === DOT && point < 0) {
      point = at;
    } else {
      return false;
    }
  }
  if (point === start || point === end - 1 || (negative && !nonzero)) return false;
  return text.charCodeAt(start) !== ZERO || start + 1 === end || point === start + 1;
}

/** The text of an unscaled integer's digits (with their sign) at a scale. */
export function unscaledToText(digits: string, scale: number): string {
  if (scale === 0) return digits;
  const negative = digits.charCodeAt(0) === MINUS;
  const plain = (negative ? digits.slice(1) : digits).padStart(scale + 1, '0');
  const point = plain.length - scale;
  return `${negative ? '-' : ''}${plain.slice(0, point)}.${plain.slice(point)}`;
}
