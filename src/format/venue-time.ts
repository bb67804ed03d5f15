/** The venue's times as texts: whole numbers of milliseconds since the epoch. */

/** So that differences keep to the range of signed numbers. */
export const TIME_MAX = 2 ** 51;

const DIGITS_MAX = 16;
const ZERO = 48;

/** A whole number without leading zeros, or -1. */
export function timeOf(text: string): number {
  return timeIn(text, 0, text.length);
}

/** The same of `text[start, end)`. */
export function timeIn(text: string, start: number, end: number): number {
  const length = end - start;
  if (length === 0 || length > DIGITS_MAX) return -1;
  if (length > 1 && text.charCodeAt(start) === ZERO) return -1;
  let value = 0;
  for (let at = start; at < end; at++) {
    const digit = text.charCodeAt(at) - ZERO;
    // Written like this, what is no number at all is none either.
    if (!(digit >= 0 && digit <= 9)) return -1;
    value = value * 10 + digit;
  }
  return value <= TIME_MAX ? value : -1;
}
