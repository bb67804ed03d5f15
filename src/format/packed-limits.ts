import { damaged } from "./damaged.ts";
import { PACKED_DEPTH_MAX, PACKED_VALUES_MAX } from "./limits.ts";

/** Bytes of the fixed part behind a first byte from 0xc0 to 0xdf. */
const FIXED_BYTES = [
  0, 0, 0, 0, 1, 2, 4, 1, 2, 4, 4, 8, 1, 2, 4, 8, 1, 2, 4, 8, 2, 3, 5, 9, 17, 1, 2, 4, 2, 4, 2, 4,
];
const FIRST_FIXED = 0xc0;
const BIN_8 = 0xc4;
const EXT_8 = 0xc7;
const EXT_32 = 0xc9;
const STR_8 = 0xd9;
const ARRAY_16 = 0xdc;
const MAP_16 = 0xde;
const NEGATIVE = 0xe0;

/**
 * Walks MessagePack values without making any, and throws unless every list and map has all its
 * items within the limits. A decoder allocates a list as long as its five bytes say: 500 nested
 * ones took 16 GB.
 */
export function checkPacked(bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  /** Items still to come, of each list or map around the present value. */
  const open: number[] = [];
  let at = 0;
  for (let values = 1; at < bytes.length; values++) {
    if (values > PACKED_VALUES_MAX) throw damaged("a payload holds too many values");
    const items = itemsInside(view, at);
    at += bytesToNext(view, at);
    if (open.length > 0) open[open.length - 1]!--;
    if (items > 0) open.push(items);
    if (open.length > PACKED_DEPTH_MAX) throw damaged("a payload is nested too deeply");
    while (open.at(-1) === 0) open.pop();
  }
  if (open.length > 0 || at > bytes.length) throw damaged("a payload ends inside a value");
}

/** How many values stand inside the list or map at `at`; 0 for other values. */
function itemsInside(view: DataView, at: number): number {
  const first = view.getUint8(at);
  if (first >= ARRAY_16 && first < NEGATIVE) {
    const count = readLength(view, at + 1, FIXED_BYTES[first - FIRST_FIXED]!);
    return first >= MAP_16 ? count * 2 : count;
  }
  if (first < 0x80 || first >= 0xa0) return 0;
  return first < 0x90 ? (first & 15) * 2 : first & 15;
}

/** How many bytes a value takes, those inside a list or map left out. */
function bytesToNext(view: DataView, at: number): number {
  const first = view.getUint8(at);
  if (first < 0xa0 || first >= NEGATIVE) return 1;
  if (first < FIRST_FIXED) return 1 + (first & 31);
  const fixed = FIXED_BYTES[first - FIRST_FIXED]!;
  const isText = first >= STR_8 && first < ARRAY_16;
  const isExtension = first >= EXT_8 && first <= EXT_32;
  const isBin = first >= BIN_8 && first < EXT_8;
  if (!isText && !isBin && !isExtension) return 1 + fixed;
  // An extension's type stands behind its length.
  return 1 + fixed + readLength(view, at + 1, fixed) + (isExtension ? 1 : 0);
}

/** A length of so many bytes; 0 if they run past the end, where the walk then ends too. */
function readLength(view: DataView, at: number, bytes: number): number {
  if (at + bytes > view.byteLength) return 0;
  if (bytes === 1) return view.getUint8(at);
  return bytes === 2 ? view.getUint16(at) : view.getUint32(at);
}
