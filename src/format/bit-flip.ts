/** The polynomial of CRC-32, its bits reversed: what flipping the last bit does to a checksum. */
const POLYNOMIAL = 0xedb88320;

/** One bit of some bytes. */
export interface BitPlace {
  readonly byte: number;
  /** 0 is the lowest. */
  readonly bit: number;
}

/**
 * The one bit that, flipped, gives `bytes` the checksum `expected`, or `undefined` if no single
 * one does; `actual` is the checksum that they have. CRC-32 is linear: what a flip does to the
 * checksum depends on the bit's distance from the end alone, so one walk over the bits finds it,
 * without a trial. Bytes that were harmed in more places look like one flip by chance, once in
 * 2^32 for each bit.
 */
export function singleBitFlip(
  bytes: Uint8Array,
  actual: number,
  expected: number,
): BitPlace | undefined {
  const wanted = (actual ^ expected) | 0;
  let effect = POLYNOMIAL | 0;
  for (let byte = bytes.length - 1; byte >= 0; byte--) {
    for (let bit = 7; bit >= 0; bit--) {
      if (effect === wanted) return { byte, bit };
      effect = (effect >>> 1) ^ ((effect & 1) === 1 ? POLYNOMIAL : 0);
    }
  }
  return undefined;
}
