/** A level as the venue writes it, `{"price":"0.4","size":"10"}`, in bytes. */

const PRICE_KEY = Buffer.from('{"price":"');
const SIZE_KEY = Buffer.from('","size":"');
const QUOTE = 34;
const BRACE = 125;

/** Bytes of a level beside those of its price and its size. */
export const LEVEL_FRAME_BYTES = PRICE_KEY.length + SIZE_KEY.length + 2;

/** Longest level: its length is kept in a byte. */
const LEVEL_BYTES_MAX = 255;

/** Longest price and size together. */
export const LEVEL_TEXT_BYTES_MAX = LEVEL_BYTES_MAX - LEVEL_FRAME_BYTES;

/** Where price and size of a level stand in `source`; the price begins at `start`. */
export interface LevelSource {
  source: Uint8Array;
  start: number;
  priceEnd: number;
  sizeStart: number;
  end: number;
}

/** Writes a level at `at`, whose room is there already. */
export function writeLevel(bytes: Uint8Array, at: number, level: LevelSource): void {
  const { source, start, priceEnd, sizeStart, end } = level;
  let to = at;
  for (let i = 0; i < PRICE_KEY.length; i++) bytes[to++] = PRICE_KEY[i]!;
  for (let i = start; i < priceEnd; i++) bytes[to++] = source[i]!;
  for (let i = 0; i < SIZE_KEY.length; i++) bytes[to++] = SIZE_KEY[i]!;
  for (let i = sizeStart; i < end; i++) bytes[to++] = source[i]!;
  bytes[to++] = QUOTE;
  bytes[to] = BRACE;
}

/** Where the price of the level at `at` begins. */
export function priceStart(at: number): number {
  return at + PRICE_KEY.length;
}

/** Where the price that begins at `start` ends. */
export function priceEnd(bytes: Uint8Array, start: number): number {
  let end = start;
  while (bytes[end] !== QUOTE) end++;
  return end;
}

/** Where the size begins behind a price that ends at `end`. */
export function sizeStart(end: number): number {
  return end + SIZE_KEY.length;
}

/** Where the size of a level ends, given where the level does. */
export function sizeEnd(levelEnd: number): number {
  return levelEnd - 2;
}

const MILLION = 1_000_000;
const FIRST_PLACE = MILLION / 10;
/** So many digits make an integer of 31 bits. */
const INT_DIGITS = 9;
const INT_DIGITS_END = 10 ** INT_DIGITS;
const POINT = 46;
const ZERO = 48;

/** Writes a plain decimal, and returns where it ends. */
export function writeMillionths(bytes: Uint8Array, at: number, millionths: number): number {
  const whole = Math.floor(millionths / MILLION);
  let end = writeWhole(bytes, at, whole);
  let rest = millionths - whole * MILLION;
  if (rest === 0) return end;
  bytes[end++] = POINT;
  for (let unit = FIRST_PLACE; rest > 0; unit = (unit / 10) | 0) {
    const digit = (rest / unit) | 0;
    bytes[end++] = ZERO + digit;
    rest = (rest - digit * unit) | 0;
  }
  return end;
}

/** Writes a whole number, and returns where it ends. */
export function writeWhole(bytes: Uint8Array, at: number, value: number): number {
  if (value < 10) {
    bytes[at] = ZERO + value;
    return at + 1;
  }
  let digits = 2;
  for (let limit = 100; limit <= value; limit *= 10) digits++;
  writeDigits(bytes, at, at + digits, value);
  return at + digits;
}

/** Writes the lowest digits of a whole number from `at` to `end`. */
export function writeDigits(bytes: Uint8Array, at: number, end: number, value: number): void {
  let large = value;
  let to = end;
  // Bit operators are several times as fast as arithmetic, but end at 31 bits.
  while (to > at) {
    const high = Math.floor(large / INT_DIGITS_END);
    let rest = (large - high * INT_DIGITS_END) | 0;
    for (const stop = Math.max(at, to - INT_DIGITS); to > stop; to--) {
      const tenth = (rest / 10) | 0;
      bytes[to - 1] = ZERO + rest - tenth * 10;
      rest = tenth;
    }
    large = high;
  }
}

/** The highest code that stands for itself as a byte. */
export const ASCII_MAX = 127;

/** Anything else than ASCII is part of no decimal, whatever it becomes here. */
export function asciiOf(text: string, at: number): number {
  const code = text.charCodeAt(at);
  return Math.min(code, ASCII_MAX);
}

export function textOf(source: Uint8Array, start: number, end: number): string {
  // Mostly a handful of characters, for which a decoder costs more to call.
  let text = "";
  for (let i = start; i < end; i++) text += String.fromCharCode(source[i]!);
  return text;
}
