import type { ByteReader, ByteWriter } from "./bytes.ts";
import { stagedDecimal, unstagedDecimal } from "./columns/decimal-unit.ts";
import { millionthsOf, textOfMillionths } from "./decimal.ts";
import { HASH_BYTES, isHash } from "./hash-text.ts";
import { LEVEL_MODES, type Level, type LevelList } from "./level.ts";
import { decodeUtf8 } from "./packed-value.ts";

/** A list of levels as it comes out of a log. */
export interface LoggedList {
  readonly mode: LevelList["mode"];
  /** See `loggedLevels`. */
  readonly decimals: readonly (number | string)[];
}

/** Texts as they wait for their block: thousands of tokens wait at a time. */

export function logText(bytes: ByteWriter, text: string): void {
  const encoded = Buffer.from(text);
  bytes.varint(encoded.length);
  bytes.append(encoded);
}

export function loggedText(bytes: ByteReader): string {
  return decodeUtf8(bytes.take(bytes.varint()));
}

/** A plain decimal in a few bytes, any other text behind a zero. */
export function logDecimal(bytes: ByteWriter, text: string): void {
  const millionths = millionthsOf(text);
  if (millionths >= 0) bytes.varint(stagedDecimal(millionths) + 1);
  else {
    bytes.varint(0);
    logText(bytes, text);
  }
}

/** Its millionths, or its text if it is not plain. */
export function loggedDecimal(bytes: ByteReader): number | string {
  const staged = bytes.varint();
  return staged === 0 ? loggedText(bytes) : unstagedDecimal(staged - 1);
}

export function loggedDecimalText(bytes: ByteReader): string {
  const decimal = loggedDecimal(bytes);
  return typeof decimal === "string" ? decimal : textOfMillionths(decimal);
}

export function logHash(bytes: ByteWriter, text: string): void {
  bytes.varint(isHash(text) ? 1 : 0);
  if (isHash(text)) bytes.append(Uint8Array.fromHex(text));
  else logText(bytes, text);
}

export function loggedHash(bytes: ByteReader): string {
  return bytes.varint() === 1 ? bytes.take(HASH_BYTES).toHex() : loggedText(bytes);
}

export function logLevels(bytes: ByteWriter, levels: readonly Level[]): void {
  bytes.varint(levels.length);
  for (const [price, size] of levels) {
    logDecimal(bytes, price);
    logDecimal(bytes, size);
  }
}

/** Prices and sizes in turn, as `loggedDecimal` has them. */
export function loggedLevels(bytes: ByteReader): (number | string)[] {
  const decimals = new Array<number | string>(2 * bytes.varint());
  for (let i = 0; i < decimals.length; i++) decimals[i] = loggedDecimal(bytes);
  return decimals;
}

/** Levels, or what stands in their place as a text. */
export function logList(bytes: ByteWriter, list: LevelList | string): void {
  if (typeof list === "string") {
    bytes.varint(0);
    logText(bytes, list);
    return;
  }
  bytes.varint(1 + LEVEL_MODES.indexOf(list.mode));
  logLevels(bytes, list.levels);
}

export function loggedList(bytes: ByteReader): LoggedList | string {
  const mode = bytes.varint();
  if (mode === 0) return loggedText(bytes);
  return { mode: LEVEL_MODES[mode - 1]!, decimals: loggedLevels(bytes) };
}
