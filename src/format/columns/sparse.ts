import { damaged } from "../damaged.ts";
import { packNumbers, unpackNumbers } from "./hybrid.ts";
import type { Packing } from "./packing.ts";
import type { Unpacking } from "./unpacking.ts";

/**
 * Numbers that are nearly all 0: how many others there are, the zeros before each of those, and
 * those less one. A compressor needs a bit for each 0, which this does not.
 */

export function packSparse(packing: Packing, values: Float64Array): void {
  const gaps: number[] = [];
  let zeros = 0;
  for (const value of values) {
    if (value === 0) zeros++;
    else {
      gaps.push(zeros);
      zeros = 0;
    }
  }
  packing.parameters.varint(gaps.length);
  packNumbers(packing, Float64Array.from(gaps));
  packNumbers(
    packing,
    values.filter((value) => value !== 0).map((value) => value - 1),
  );
}

export function unpackSparse(unpacking: Unpacking, count: number): Float64Array {
  const others = unpacking.parameters.varint();
  if (others > count) throw damaged("a column has too many values");
  const gaps = unpackNumbers(unpacking, others);
  const numbers = unpackNumbers(unpacking, others);
  const values = new Float64Array(count);
  let at = 0;
  for (let i = 0; i < others; i++) {
    at += gaps[i]!;
    if (at >= count) throw damaged("a value has no place in its column");
    values[at++] = numbers[i]! + 1;
  }
  return values;
}
