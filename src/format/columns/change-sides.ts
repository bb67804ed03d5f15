import { damaged } from "../damaged.ts";
import { type PackedColumn, packTokens } from "./packing.ts";
import { ODD_SIDE, type Seed, SIDES } from "./seeds.ts";
import type { Unpacking } from "./unpacking.ts";

/**
 * Sides of changes: 0 where the side is the one foreseen. A price that was a bid a moment ago is
 * one still, so with prices at hand nearly all are.
 */

export function packSides(
  sides: Uint8Array,
  prices: Float64Array,
  seeds: readonly Seed[],
): PackedColumn | undefined {
  const forecast = new SideForecast(seeds);
  const tokens = new Uint8Array(sides.length);
  let known = 0;
  for (let i = 0; i < sides.length; i++) {
    if (sides[i] === ODD_SIDE) continue;
    tokens[known++] = sides[i]! ^ forecast.at(prices[i]!);
    forecast.tell(prices[i]!, sides[i]!);
  }
  return known === 0 ? undefined : packTokens(tokens.subarray(0, known));
}

/** Fills in the sides that are not odd. */
export function unpackSides(
  unpacking: Unpacking,
  sides: Uint8Array,
  prices: Float64Array,
  seeds: readonly Seed[],
): void {
  const forecast = new SideForecast(seeds);
  const tokens = unpacking.tokens(sides.filter((side) => side !== ODD_SIDE).length);
  let at = 0;
  for (let i = 0; i < sides.length; i++) {
    if (sides[i] === ODD_SIDE) continue;
    const token = tokens[at++]!;
    if (token >= SIDES.length) throw damaged("a side is out of range");
    sides[i] = token ^ forecast.at(prices[i]!);
    forecast.tell(prices[i]!, sides[i]!);
  }
}

/** The side that a price had last, else that of the change before. */
class SideForecast {
  readonly #sides = new Map<number, number>();
  #last = 0;

  constructor(seeds: readonly Seed[]) {
    for (const { price, side } of seeds) this.#sides.set(price, side);
  }

  at(price: number): number {
    return this.#sides.get(price) ?? this.#last;
  }

  tell(price: number, side: number): void {
    this.#last = side;
    if (price >= 0) this.#sides.set(price, side);
  }
}
