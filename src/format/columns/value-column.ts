import type { Packing } from "./packing.ts";

/** One stream's column before its block is packed: `add` says whether it knows the text. */
export interface ValueWriter {
  add(text: string): boolean;
  pack(packing: Packing): void;
}

/** Texts that a stream's column knew, in order; never asked for more than there are. */
export interface ValueReader {
  next(): string;
}
