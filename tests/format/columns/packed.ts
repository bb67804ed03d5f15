import { Packing } from "../../../src/format/columns/packing.ts";
import { Unpacking } from "../../../src/format/columns/unpacking.ts";

/** What was packed, ready to be read again; `minUs` as a block's earliest receive time. */
export function unpackingOf(pack: (packing: Packing) => void, minUs = 0): Unpacking {
  const packing = new Packing(minUs);
  pack(packing);
  const columns = packing.finish();
  return new Unpacking(
    columns.map(({ described }) => described),
    columns.flatMap(({ stored }) => (stored === undefined ? [] : [stored])),
    new Uint8Array(),
    minUs,
  );
}
