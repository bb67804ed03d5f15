import Decimal from "decimal.js";
import { writeAscii } from "./ascii.ts";

/**
 * Exact decimals. A *plain* decimal is one that a whole number of millionths spells back to the
 * very same text: no sign, no exponent, no leading or trailing zero, at most six places. All
 * others (`.5`, `0.50`, `1e-3`) keep their text wherever they are stored.
 */

/** Largest plain value, so that the difference of two still fits a zigzag varint. */
export const MILLIONTHS_MAX = 2 ** 51;

const PLACES = 6;
const MILLION = 1_000_000;
const WHOLE_MAX = Math.floor(MILLIONTHS_MAX / MILLION);
/** In the unit of the last of so many places. */
const MILLIONTHS = [MILLION, 100_000, 10_000, 1000, 100, 10, 1];
/** Of the largest one. */
const LENGTH_MAX = 17;
const SCRATCH = new Uint8Array(LENGTH_MAX);
/** So many zeros stand between the point and the first other digit. */
const ZEROS = Array.from({ length: PLACES }, (_, zeros) => "0".repeat(zeros));
const PER_HUNDREDTH = 10_000;
/** What stands behind the whole of nearly all prices and sizes. */
const HUNDREDTHS = Array.from({ length: 100 }, (_, hundredths) =>
  hundredths === 0 ? "" : `.${String(hundredths).padStart(2, "0").replace(/0$/, "")}`,
);
const ZERO = 48;
const NINE = 57;
const POINT = 46;

/** Millionths of a plain decimal, or -1 for any other text. */
export function millionthsOf(text: string): number {
  if (text.length > LENGTH_MAX) return -1;
  return millionthsIn(SCRATCH, 0, writeAscii(SCRATCH, text));
}

/** The same of the text in `bytes[start, end)`. */
export function millionthsIn(bytes: Uint8Array, start: number, end: number): number {
  if (end === start || end - start > LENGTH_MAX) return -1;
  let whole = 0;
  let at = start;
  for (; at < end; at++) {
    const code = bytes[at]!;
    if (code === POINT) break;
    if (code < ZERO || code > NINE) return -1;
    whole = whole * 10 + (code - ZERO);
  }
  if (at === start || (at > start + 1 && bytes[start] === ZERO)) return -1;
  if (at === end) return whole <= WHOLE_MAX ? whole * MILLION : -1;
  const places = end - at - 1;
  if (places === 0 || places > PLACES || bytes[end - 1] === ZERO) return -1;
  let rest = 0;
  for (at++; at < end; at++) {
    const code = bytes[at]!;
    if (code < ZERO || code > NINE) return -1;
    rest = rest * 10 + (code - ZERO);
  }
  const value = whole * MILLION + rest * MILLIONTHS[places]!;
  return value <= MILLIONTHS_MAX ? value : -1;
}

/** The plain decimal of a number of millionths. */
export function textOfMillionths(millionths: number): string {
  const whole = Math.floor(millionths / MILLION);
  // As an integer: remainders of doubles are slow.
  let rest = (millionths - whole * MILLION) | 0;
  if (rest % PER_HUNDREDTH === 0) return `${whole}${HUNDREDTHS[rest / PER_HUNDREDTH]!}`;
  let places = PLACES;
  for (; rest % 10 === 0; rest /= 10) places--;
  const digits = String(rest);
  return `${whole}.${ZEROS[places - digits.length]!}${digits}`;
}

/**
 * Whether a text is a decimal number at all, in any spelling that JSON or the venue may use.
 * Exponents have at most two digits: `1e9999` is no price, but ten thousand bytes written out.
 */
export function isDecimal(text: string): boolean {
  return /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,2})?$/.test(text);
}

/**
 * One spelling per value: `0.50`, `.5` and `5e-1` all give `0.5`. Two texts are the same price
 * exactly if this agrees. The text must satisfy `isDecimal`.
 */
export function normalDecimal(text: string): string {
  return millionthsOf(text) >= 0 ? text : new Decimal(text).toFixed();
}

/** Numeric order of two decimals, exact. */
export function compareDecimals(a: string, b: string): number {
  const left = millionthsOf(a);
  const right = millionthsOf(b);
  return left >= 0 && right >= 0 ? left - right : new Decimal(a).cmp(new Decimal(b));
}
