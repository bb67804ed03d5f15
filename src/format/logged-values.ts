import type { ByteReader, ByteWriter } from "./bytes.ts";
import { stagedDecimal, unstagedDecimal } from "./columns/decimal-unit.ts";
import { millionthsOf, textOfMillionths } from "./decimal.ts";
import { HASH_BYTES, isHash } from "./hash-text.ts";
import { LEVEL_MODES, type Level, type LevelList } from "./level.ts";
import { decodeUtf8 } from "./packed-value.ts";

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

export function loggedDecimal(bytes: ByteReader): string {
  const staged = bytes.varint();
  return staged === 0 ? loggedText(bytes) : textOfMillionths(unstagedDecimal(staged - 1));
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

export function loggedLevels(bytes: ByteReader): Level[] {
  return Array.from({ length: bytes.varint() }, () => [loggedDecimal(bytes), loggedDecimal(bytes)]);
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

export function loggedList(bytes: ByteReader): LevelList | string {
  const mode = bytes.varint();
  if (mode === 0) return loggedText(bytes);
  return { mode: LEVEL_MODES[mode - 1]!, levels: loggedLevels(bytes) };
}
