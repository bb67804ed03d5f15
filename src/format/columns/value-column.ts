import type { Packing } from "./packing.ts";

/** One stream's column before its block is packed: `add` says whether it knows the text. */
export interface ValueWriter {
  add(text: string): boolean;
  pack(packing: Packing): void;
}

/** Texts that a stream's column knew; never asked for one that there is not. */
export interface ValueReader {
  at(position: number): string;
  /** The same in numbers: epoch milliseconds, or millionths. */
  readonly numbers?: Float64Array;
}
