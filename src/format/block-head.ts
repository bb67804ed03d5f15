import { damaged } from "./damaged.ts";
import { HASH_BYTES } from "./hash-text.ts";
import { asArray, asBytes, asCount, decodeValues } from "./packed-value.ts";

/** What stands before a block's columns, and these as they are stored. */
export interface BlockHead {
  readonly shapes: unknown;
  readonly keyframe: unknown;
  readonly odd: unknown;
  /** What each column is, see `Packing`. */
  readonly columns: readonly unknown[];
  readonly impliedCrc: number;
  readonly evidence: BlockEvidence;
  readonly recipe: unknown;
  /** Its own bytes. */
  readonly bytes: Uint8Array;
  /** Of the columns that have any. */
  readonly bins: readonly unknown[];
}

/** What proves a block's hashes, derived or not; empty where there was nothing to prove. */
export interface BlockEvidence {
  /** SHA-1 over the hashes of all updates that have one, in order. */
  readonly all: Uint8Array;
  /** The last hash that was judged. */
  readonly last: Uint8Array;
}

/** Cuts a block's stored payload (without padding) apart. Throws `DAMAGED`. */
export function readBlockHead(stored: Uint8Array): BlockHead {
  const values = decodeValues(stored);
  const bins = values.slice(1);
  const [shapes, keyframe, odd, columns, crc, all, last, recipe] = asArray(values[0]);
  return {
    shapes,
    keyframe,
    odd,
    columns: asArray(columns),
    impliedCrc: asCount(crc),
    evidence: { all: asDigest(all), last: asDigest(last) },
    recipe,
    bytes: stored.subarray(0, stored.length - binBytes(bins)),
    bins,
  };
}

function asDigest(value: unknown): Uint8Array {
  const bytes = asBytes(value);
  if (bytes.length !== 0 && bytes.length !== HASH_BYTES) throw damaged("a digest is too long");
  return bytes;
}

/** What every MessagePack `bin` takes in its shortest form, the only one allowed here. */
function binBytes(bins: readonly unknown[]): number {
  let bytes = 0;
  for (const bin of bins) {
    const { length } = asBytes(bin);
    bytes += length + (length < 2 ** 8 ? 2 : length < 2 ** 16 ? 3 : 5);
  }
  return bytes;
}
