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

/** Price and size of a level, one behind the other in `source`. */
export interface LevelSource {
  readonly source: Uint8Array;
  priceEnd: number;
  end: number;
}

/** Writes a level at `at`, whose room is there already. */
export function writeLevel(bytes: Uint8Array, at: number, level: LevelSource): void {
  const { source, priceEnd, end } = level;
  let to = at;
  for (let i = 0; i < PRICE_KEY.length; i++) bytes[to++] = PRICE_KEY[i]!;
  for (let i = 0; i < priceEnd; i++) bytes[to++] = source[i]!;
  for (let i = 0; i < SIZE_KEY.length; i++) bytes[to++] = SIZE_KEY[i]!;
  for (let i = priceEnd; i < end; i++) bytes[to++] = source[i]!;
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
