import { damaged } from "../damaged.ts";
import { packSides, unpackSides } from "./change-sides.ts";
import type { Coding } from "./coding.ts";
import { smallest } from "./coding.ts";
import { MODE_STEP } from "./decimal-column.ts";
import { checkMillionths, checkUnit, unitOf } from "./decimal-unit.ts";
import { signedCoding, unpackSigned } from "./hybrid.ts";
import { type PackedColumn, packTokens, storedBytes } from "./packing.ts";
import { ODD, type Seed } from "./seeds.ts";
import type { Unpacking } from "./unpacking.ts";

/**
 * Prices and sides of changes, in the way that is shorter for the block. `offset`: each price is
 * one byte, its distance from the lowest, and the side is foreseen from the price. `difference`:
 * the side comes first, and the price is the difference to the last one of its side.
 */
export const PRICE_MODES = ["offset", "difference"] as const;

const OFFSET_MAX = 255;

export interface Places {
  /** In millionths; `ODD` where the text is odd. */
  readonly prices: Float64Array;
  /** `ODD_SIDE` where the text is odd. */
  readonly sides: Uint8Array;
}

export function placesCoding({ prices, sides }: Places, seeds: readonly Seed[]): Coding {
  const known = prices.filter((price) => price !== ODD);
  const exponent = unitOf(known);
  const unit = 10 ** exponent;
  const codings = [
    differenceCoding({ prices, sides }, unit),
    offsetCoding({ prices, sides }, known, unit, seeds),
  ].filter((coding) => coding !== undefined);
  const chosen = codings[smallest(codings)]!;
  return {
    bytes: chosen.bytes,
    pack(packing) {
      const mode = PRICE_MODES.indexOf(codings.indexOf(chosen) === 0 ? "difference" : "offset");
      packing.parameters.varint(mode * MODE_STEP + exponent);
      chosen.pack(packing);
    },
  };
}

function offsetCoding(
  { prices, sides }: Places,
  known: Float64Array,
  unit: number,
  seeds: readonly Seed[],
): Coding | undefined {
  let min = Number.POSITIVE_INFINITY;
  let max = 0;
  for (let i = 0; i < known.length; i++) {
    min = Math.min(min, known[i]!);
    max = Math.max(max, known[i]!);
  }
  if (known.length === 0 || (max - min) / unit > OFFSET_MAX) return undefined;
  const column = packTokens(Uint8Array.from(known.map((price) => (price - min) / unit)));
  const sideColumn = packSides(sides, prices, seeds);
  return {
    bytes: storedBytes(column) + bytesOf(sideColumn),
    pack(packing) {
      packing.parameters.varint(min / unit);
      packing.add(column);
      if (sideColumn !== undefined) packing.add(sideColumn);
    },
  };
}

function differenceCoding({ prices, sides }: Places, unit: number): Coding {
  const sideColumn = packSides(sides, withoutPrices(prices.length), []);
  const last = [0, 0, 0];
  const differences = new Float64Array(prices.length);
  let known = 0;
  for (let i = 0; i < prices.length; i++) {
    const price = prices[i]!;
    if (price === ODD) continue;
    differences[known++] = (price - last[sides[i]!]!) / unit;
    last[sides[i]!] = price;
  }
  const coding = signedCoding(differences.subarray(0, known));
  return {
    bytes: bytesOf(sideColumn) + coding.bytes,
    pack(packing) {
      if (sideColumn !== undefined) packing.add(sideColumn);
      if (known > 0) coding.pack(packing);
    },
  };
}

/** Fills in the prices and sides that are not odd. */
export function unpackPlaces(
  unpacking: Unpacking,
  { prices, sides }: Places,
  seeds: readonly Seed[],
): void {
  const parameter = unpacking.parameters.varint();
  const unit = checkUnit(parameter % MODE_STEP);
  const mode = PRICE_MODES[Math.floor(parameter / MODE_STEP)];
  if (mode === undefined) throw damaged("a column of prices has an unknown mode");
  const count = prices.filter((price) => price !== ODD).length;
  if (mode === "difference") {
    unpackSides(unpacking, sides, withoutPrices(prices.length), []);
    const differences = unpackSigned(unpacking, count);
    const last = [0, 0, 0];
    fillKnown(prices, (i, at) => {
      const price = checkMillionths(last[sides[i]!]! + differences[at]! * unit);
      last[sides[i]!] = price;
      return price;
    });
    return;
  }
  const min = unpacking.parameters.varint();
  const offsets = unpacking.tokens(count);
  fillKnown(prices, (_, at) => checkMillionths((min + offsets[at]!) * unit));
  unpackSides(unpacking, sides, prices, seeds);
}

function fillKnown(prices: Float64Array, priceOf: (i: number, at: number) => number): void {
  let at = 0;
  for (let i = 0; i < prices.length; i++) if (prices[i] !== ODD) prices[i] = priceOf(i, at++);
}

function withoutPrices(count: number): Float64Array {
  return new Float64Array(count).fill(ODD);
}

function bytesOf(column: PackedColumn | undefined): number {
  return column === undefined ? 0 : storedBytes(column);
}
