import { damaged } from "../damaged.ts";
import type { FirstUses } from "./first-uses.ts";
import { type PackedColumn, packTokens } from "./packing.ts";
import { ODD_SIDE, type Seed, SIDES } from "./seeds.ts";
import type { Unpacking } from "./unpacking.ts";

/**
 * Sides of changes: 0 where the side is the one foreseen. A price that was a bid a moment ago is
 * one still, so with prices at hand nearly all are.
 */

/** Without `prices`, these are not looked at. */
export function packSides(
  sides: Uint8Array,
  prices?: FirstUses,
  seeds: readonly Seed[] = [],
): PackedColumn | undefined {
  const forecast = new SideForecast(prices, seeds);
  const tokens = new Uint8Array(sides.length);
  let known = 0;
  for (let i = 0; i < sides.length; i++) {
    if (sides[i] === ODD_SIDE) continue;
    tokens[known++] = sides[i]! ^ forecast.at(i);
    forecast.tell(i, sides[i]!);
  }
  return known === 0 ? undefined : packTokens(tokens.subarray(0, known));
}

/** Fills in the sides that are not odd. */
export function unpackSides(
  unpacking: Unpacking,
  sides: Uint8Array,
  prices?: FirstUses,
  seeds: readonly Seed[] = [],
): void {
  const forecast = new SideForecast(prices, seeds);
  let known = 0;
  for (let i = 0; i < sides.length; i++) if (sides[i] !== ODD_SIDE) known++;
  const tokens = unpacking.tokens(known);
  let at = 0;
  for (let i = 0; i < sides.length; i++) {
    if (sides[i] === ODD_SIDE) continue;
    const token = tokens[at++]!;
    if (token >= SIDES.length) throw damaged("a side is out of range");
    sides[i] = token ^ forecast.at(i);
    forecast.tell(i, sides[i]!);
  }
}

/** The side that a price had last, else that of the change before. */
class SideForecast {
  /** For each change the position of its price, or -1. */
  readonly #ids: Int32Array | undefined;
  /** By the positions of prices; `ODD_SIDE` where none is known. */
  readonly #sides: Uint8Array;
  #last = 0;

  constructor(prices: FirstUses | undefined, seeds: readonly Seed[]) {
    this.#ids = prices?.ids;
    this.#sides = new Uint8Array(prices?.distinct.length ?? 0).fill(ODD_SIDE);
    for (const { price, side } of seeds) {
      const id = prices?.idOf(price) ?? -1;
      if (id >= 0) this.#sides[id] = side;
    }
  }

  at(change: number): number {
    const id = this.#ids === undefined ? -1 : this.#ids[change]!;
    const side = id < 0 ? ODD_SIDE : this.#sides[id]!;
    return side === ODD_SIDE ? this.#last : side;
  }

  tell(change: number, side: number): void {
    this.#last = side;
    const id = this.#ids === undefined ? -1 : this.#ids[change]!;
    if (id >= 0) this.#sides[id] = side;
  }
}
