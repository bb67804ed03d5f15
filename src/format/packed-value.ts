import { Decoder, Encoder } from "@msgpack/msgpack";
import { damaged } from "./damaged.ts";
import { CHUNK_BYTES_MAX, PACKED_VALUES_MAX } from "./limits.ts";
import { checkPacked } from "./packed-limits.ts";

/** MessagePack with limits, and with typed looks at what came out. */

const encoder = new Encoder({ ignoreUndefined: true });

// The library's own limits are 4 GiB each.
const decoder = new Decoder({
  maxStrLength: CHUNK_BYTES_MAX,
  maxBinLength: CHUNK_BYTES_MAX,
  maxArrayLength: PACKED_VALUES_MAX,
  maxMapLength: 1024,
  maxExtLength: 0,
});

export function encodeValue(value: unknown): Uint8Array<ArrayBuffer> {
  return encoder.encode(value);
}

/** Codes of a `bin` with one, two and four bytes of length. */
const BIN = [0xc4, 0xc5, 0xc6] as const;
const BIN_HEAD_MAX = 5;

/** A value that is encoded already, and a `bin` of each of these behind it: in one piece. */
export function encodeBins(value: Uint8Array, bins: readonly Uint8Array[]): Uint8Array {
  let bytes = value.length;
  for (const bin of bins) bytes += BIN_HEAD_MAX + bin.length;
  const encoded = new Uint8Array(bytes);
  encoded.set(value);
  let at = value.length;
  for (const bin of bins) {
    const form = bin.length < 2 ** 8 ? 0 : bin.length < 2 ** 16 ? 1 : 2;
    encoded[at++] = BIN[form];
    for (let shift = 2 ** form * 8 - 8; shift >= 0; shift -= 8) encoded[at++] = bin.length >> shift;
    encoded.set(bin, at);
    at += bin.length;
  }
  return encoded.subarray(0, at);
}

/** Every object in `bytes`, one after the other. */
export function decodeValues(bytes: Uint8Array): unknown[] {
  checkPacked(bytes);
  try {
    return [...decoder.decodeMulti(bytes)];
  } catch (cause) {
    throw damaged("a MessagePack value does not decode", cause);
  }
}

export function decodeValue(bytes: Uint8Array): unknown {
  const values = decodeValues(bytes);
  if (values.length !== 1) throw damaged("a payload holds more or less than one value");
  return values[0];
}

type Fields = Readonly<Record<string, unknown>>;

export function asFields(value: unknown): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw damaged("a map is missing");
  }
  return value as Fields;
}

export function asArray(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw damaged("a list is missing");
  return value;
}

export function asText(value: unknown): string {
  if (value instanceof Uint8Array) return decodeUtf8(value);
  if (typeof value !== "string") throw damaged("a text is missing");
  return value;
}

const BYTE_ORDER_MARK = "\ufeff";

/**
 * A text off the wire as it must be encoded to come back: decoders drop this mark at the start of
 * a `str`, so it goes as the bytes that `asText` takes too.
 */
export function exactText(text: string): string | Uint8Array {
  return text.startsWith(BYTE_ORDER_MARK) ? new TextEncoder().encode(text) : text;
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

export function decodeUtf8(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch (cause) {
    throw damaged("a text is not UTF-8", cause);
  }
}

export function asTextOrNull(value: unknown): string | null {
  return value === null || value === undefined ? null : asText(value);
}

/** A whole number from 0 to 2^53. */
export function asCount(value: unknown, max = Number.MAX_SAFE_INTEGER): number {
  if (!Number.isSafeInteger(value) || (value as number) < 0 || (value as number) > max) {
    throw damaged("a number is missing or out of range");
  }
  return value as number;
}

export function asBoolean(value: unknown): boolean {
  if (typeof value !== "boolean") throw damaged("a truth value is missing");
  return value;
}

export function asBytes(value: unknown): Uint8Array {
  if (!(value instanceof Uint8Array)) throw damaged("bytes are missing");
  return value;
}
