import { damaged } from "../damaged.ts";
import { packSides, unpackSides } from "./change-sides.ts";
import type { Coding } from "./coding.ts";
import { smallest } from "./coding.ts";
import { MODE_STEP } from "./decimal-column.ts";
import { checkMillionths, checkUnit, unitOf } from "./decimal-unit.ts";
import { FirstUses } from "./first-uses.ts";
import { signedCoding, unpackSigned } from "./hybrid.ts";
import { type PackedColumn, packTokens, storedBytes } from "./packing.ts";
import { countKnown, knownOf, ODD, ODD_SIDE, type Seed } from "./seeds.ts";
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

export function placesCoding(places: Places, uses: FirstUses, seeds: readonly Seed[]): Coding {
  const known = knownOf(places.prices);
  const exponent = unitOf(known);
  const unit = 10 ** exponent;
  const codings = [
    differenceCoding(places, unit),
    offsetCoding(known, unit, () => packSides(places.sides, uses, seeds)),
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
  known: Float64Array,
  unit: number,
  sides: () => PackedColumn | undefined,
): Coding | undefined {
  let min = Number.POSITIVE_INFINITY;
  let max = 0;
  for (let i = 0; i < known.length; i++) {
    const price = known[i]!;
    if (price < min) min = price;
    if (price > max) max = price;
  }
  if (known.length === 0 || (max - min) / unit > OFFSET_MAX) return undefined;
  const offsets = new Uint8Array(known.length);
  for (let i = 0; i < known.length; i++) offsets[i] = (known[i]! - min) / unit;
  const column = packTokens(offsets);
  const sideColumn = sides();
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
  const sideColumn = packSides(sides);
  const last = new Float64Array(ODD_SIDE + 1);
  const differences = new Float64Array(prices.length);
  let known = 0;
  for (let i = 0; i < prices.length; i++) {
    const price = prices[i]!;
    if (price === ODD) continue;
    const side = sides[i]!;
    differences[known++] = (price - last[side]!) / unit;
    last[side] = price;
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

/** Fills in the prices and sides that are not odd; the prices by their first uses. */
export function unpackPlaces(
  unpacking: Unpacking,
  { prices, sides }: Places,
  seeds: readonly Seed[],
): FirstUses {
  const parameter = unpacking.parameters.varint();
  const unit = checkUnit(parameter % MODE_STEP);
  const mode = PRICE_MODES[Math.floor(parameter / MODE_STEP)];
  if (mode === undefined) throw damaged("a column of prices has an unknown mode");
  const count = countKnown(prices);
  if (mode === "difference") {
    unpackSides(unpacking, sides);
    const differences = unpackSigned(unpacking, count);
    const last = [0, 0, 0];
    fillKnown(prices, (i, at) => {
      const price = checkMillionths(last[sides[i]!]! + differences[at]! * unit);
      last[sides[i]!] = price;
      return price;
    });
    return new FirstUses(prices);
  }
  const min = unpacking.parameters.varint();
  const offsets = unpacking.tokens(count);
  fillKnown(prices, (_, at) => checkMillionths((min + offsets[at]!) * unit));
  const uses = new FirstUses(prices);
  unpackSides(unpacking, sides, uses, seeds);
  return uses;
}

function fillKnown(prices: Float64Array, priceOf: (i: number, at: number) => number): void {
  let at = 0;
  for (let i = 0; i < prices.length; i++) if (prices[i] !== ODD) prices[i] = priceOf(i, at++);
}

function bytesOf(column: PackedColumn | undefined): number {
  return column === undefined ? 0 : storedBytes(column);
}
