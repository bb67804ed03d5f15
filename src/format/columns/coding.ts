import type { Packing } from "./packing.ts";

/** One way to write values, made so that ways can be compared before one is taken. */
export interface Coding {
  /** What it will take in the block. */
  readonly bytes: number;
  pack(packing: Packing): void;
}

/** The position of the coding that takes the least. */
export function smallest(codings: readonly Coding[]): number {
  const bytes = codings.map((coding) => coding.bytes);
  return bytes.indexOf(Math.min(...bytes));
}
