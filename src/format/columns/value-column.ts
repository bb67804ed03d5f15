import type { Packing } from "./packing.ts";

/** One stream's column before its block is packed: `add` says whether it knows the text. */
export interface ValueWriter {
  add(text: string): boolean;
  /** What waits, in bytes. */
  readonly bytes: number;
  pack(packing: Packing): void;
  /** The bytes themselves, of a column that stores them so. */
  view?(): Uint8Array;
}

/** Texts that a stream's column knew, in order; never asked for more than there are. */
export interface ValueReader {
  next(): string;
  /** As of the writer. */
  readonly column?: Uint8Array;
}
