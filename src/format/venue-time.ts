import { writeAscii } from "./ascii.ts";

/** The venue's times as texts: whole numbers of milliseconds since the epoch. */

/** So that differences keep to the range of signed numbers. */
export const TIME_MAX = 2 ** 51;

const DIGITS_MAX = 16;
const ZERO = 48;

const SCRATCH = new Uint8Array(DIGITS_MAX);

/** A whole number without leading zeros, or -1. */
export function timeOf(text: string): number {
  if (text.length > DIGITS_MAX) return -1;
  return timeIn(SCRATCH, 0, writeAscii(SCRATCH, text));
}

/** The same of the text in `bytes[start, end)`. */
export function timeIn(bytes: Uint8Array, start: number, end: number): number {
  const length = end - start;
  if (length === 0 || length > DIGITS_MAX) return -1;
  if (length > 1 && bytes[start] === ZERO) return -1;
  let value = 0;
  for (let at = start; at < end; at++) {
    const digit = bytes[at]! - ZERO;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value <= TIME_MAX ? value : -1;
}
