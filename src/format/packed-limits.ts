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
    const { skip, items } = measure(view, at);
    at += skip;
    if (open.length > 0) open[open.length - 1]!--;
    if (items > 0) open.push(items);
    if (open.length > PACKED_DEPTH_MAX) throw damaged("a payload is nested too deeply");
    while (open.at(-1) === 0) open.pop();
  }
  if (open.length > 0 || at > bytes.length) throw damaged("a payload ends inside a value");
}

/** How many bytes lead to the next value, and how many values stand inside this one. */
function measure(view: DataView, at: number): { skip: number; items: number } {
  const first = view.getUint8(at);
  if (first < 0x80 || first >= 0xe0) return { skip: 1, items: 0 };
  if (first < 0x90) return { skip: 1, items: (first & 15) * 2 };
  if (first < 0xa0) return { skip: 1, items: first & 15 };
  if (first < FIRST_FIXED) return { skip: 1 + (first & 31), items: 0 };
  const fixed = FIXED_BYTES[first - FIRST_FIXED]!;
  const skip = 1 + fixed;
  if (at + skip > view.byteLength) return { skip, items: 0 };
  if (first >= ARRAY_16) {
    const count = fixed === 2 ? view.getUint16(at + 1) : view.getUint32(at + 1);
    return { skip, items: first >= MAP_16 ? count * 2 : count };
  }
  const isText = first >= STR_8;
  if (!isText && (first < BIN_8 || first > EXT_32)) return { skip, items: 0 };
  const length =
    fixed === 1
      ? view.getUint8(at + 1)
      : fixed === 2
        ? view.getUint16(at + 1)
        : view.getUint32(at + 1);
  // An extension's type stands behind its length.
  const typeBytes = first >= EXT_8 && first <= EXT_32 ? 1 : 0;
  return { skip: skip + length + typeBytes, items: 0 };
}
