import type { BlockRow } from "../src/format/block.ts";
import type { Block } from "../src/format/block-reader.ts";

/** A row with all that it says made already. */
export function plainRow({ type, verdict, receivedUs, socket, place, shape, values }: BlockRow) {
  return { type, verdict, receivedUs, socket, place, shape, values };
}

export function plainRows({ rows }: Pick<Block, "rows">): BlockRow[] {
  return rows.map(plainRow);
}
