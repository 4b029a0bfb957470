import { malformedValue } from './bad-value.js';
import { OffsetsDecoder } from './bytes-decoders.js';
import type { Slab } from './column-decoder.js';
import { DecimalRules } from './numeric-rules.js';
import { appendNumeric, NEGATIVE, NUMERIC_HEADER, specialName } from './numeric-text.js';

/** `numeric` of any size, as the server's own text, `NaN` and infinities included. */
export class NumericDecoder extends OffsetsDecoder {
  decode({ view }: Slab, starts: Int32Array, first: number, count: number): void {
    this.reserve(count);
    const { bytes } = this;
    let at = this.length;
    for (let index = first; index < first + count; index++, at++) {
      const start = starts[index]!;
      const size = view.getInt32(start - 4);
      if (size === -1) this.setNull(at);
      else {
        if (size < NUMERIC_HEADER || size !== NUMERIC_HEADER + view.getUint16(start) * 2)
          throw malformedValue(this.name, 'numeric', size);
        this.append(view, start, size);
      }
      this.offsets[at + 1] = bytes.length;
    }
    this.length = at;
  }

  protected append(view: DataView, start: number, size: number): void {
    const sign = view.getUint16(start + 4);
    const { bytes } = this;
    if (sign !== 0 && sign !== NEGATIVE) {
      const special = specialName(sign);
      if (special === undefined) throw malformedValue(this.name, 'numeric', size);
      bytes.reserve(special.length);
      for (let at = 0; at < special.length; at++) bytes.bytes[bytes.length++] = special.charCodeAt(at);
    } else if (!appendNumeric(view, start, view.getUint16(start + 6), bytes)) {
      throw malformedValue(this.name, 'numeric', size);
    }
  }
}

/** `decimal` beyond 38 digits: text with all places of its scale. */
export class LongDecimalDecoder extends NumericDecoder {
  private readonly rules: DecimalRules;
  private readonly scale: number;

  constructor(name: string, precision: number, scale: number) {
    super(name);
    this.rules = new DecimalRules(name, precision, scale);
    this.scale = scale;
  }

  protected override append(view: DataView, start: number, size: number): void {
    const { rules, scale } = this;
    rules.checkSign(view.getUint16(start + 4), size);
    const digits = view.getUint16(start);
    if (digits > 0) {
      const weight = view.getInt16(start + 2);
      rules.checkSize(view, start, weight);
      const kept = weight + rules.wholeDigits + 1;
      const cutPower = 10 ** (4 - rules.restPlaces);
      const isCut = rules.restPlaces > 0 && kept >= 0 && kept < digits;
      if (isCut && view.getUint16(start + NUMERIC_HEADER + kept * 2) % cutPower !== 0)
        throw rules.doesNotFit(view, start);
      rules.checkRest(view, start, isCut ? kept + 1 : kept);
    }
    if (!appendNumeric(view, start, scale, this.bytes)) throw malformedValue(this.name, 'numeric', size);
  }
}
