import { damaged } from "../damaged.ts";
import { packNumbers, unpackNumbers } from "./hybrid.ts";
import type { Packing } from "./packing.ts";
import type { Unpacking } from "./unpacking.ts";

/**
 * Numbers that are nearly all 0: how many others there are, the zeros before each of those, and
 * those less one. A compressor needs a bit for each 0, which this does not.
 */

export function packSparse(packing: Packing, values: Float64Array): void {
  let others = 0;
  for (let i = 0; i < values.length; i++) if (values[i] !== 0) others++;
  const gaps = new Float64Array(others);
  const numbers = new Float64Array(others);
  let next = 0;
  let zeros = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (value === 0) {
      zeros++;
      continue;
    }
    gaps[next] = zeros;
    numbers[next++] = value - 1;
    zeros = 0;
  }
  packing.parameters.varint(others);
  packNumbers(packing, gaps);
  packNumbers(packing, numbers);
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
