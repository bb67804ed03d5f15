import { damaged } from "../damaged.ts";
import type { Places } from "./change-prices.ts";
import { checkMillionths, checkUnit, unitOf } from "./decimal-unit.ts";
import type { Packing } from "./packing.ts";
import { levelKey, ODD, ODD_SIDE, type Seed } from "./seeds.ts";
import { tabledCoding, unpackTabled } from "./tabled.ts";
import type { Unpacking } from "./unpacking.ts";

/**
 * Sizes of changes: 0 where the level goes, else one more than the distance from the size that
 * the level had last in this block, keyframe included, or from 0. Where that size could also have
 * shrunk by so much, a bit says whether it did.
 */

/** The last size at each level, in units; 0 where none is known. */
class LastSizes {
  readonly #sizes = new Map<number, number>();

  constructor(seeds: readonly Seed[], unit: number) {
    for (const { side, price, size } of seeds) {
      if (size % unit === 0) this.#sizes.set(levelKey(side, price), size / unit);
    }
  }

  get({ prices, sides }: Places, i: number): number {
    if (prices[i] === ODD || sides[i] === ODD_SIDE) return 0;
    return this.#sizes.get(levelKey(sides[i]!, prices[i]!)) ?? 0;
  }

  /** A change whose place is odd is at no level. */
  set({ prices, sides }: Places, i: number, size: number): void {
    if (prices[i] === ODD || sides[i] === ODD_SIDE) return;
    this.#sizes.set(levelKey(sides[i]!, prices[i]!), size);
  }
}

/** `sizes` in millionths, `ODD` where the text is odd. */
export function packSizes(
  packing: Packing,
  sizes: Float64Array,
  places: Places,
  seeds: readonly Seed[],
): void {
  const known = sizes.filter((size) => size !== ODD);
  if (known.length === 0) return;
  const exponent = unitOf(known);
  const unit = 10 ** exponent;
  const last = new LastSizes(seeds, unit);
  const codes = new Float64Array(known.length);
  /** 1 for a size that shrank, 0 for one that grew and could have shrunk. */
  const shrinks: number[] = [];
  let at = 0;
  for (let i = 0; i < sizes.length; i++) {
    if (sizes[i] === ODD) continue;
    const size = sizes[i]! / unit;
    const before = last.get(places, i);
    const distance = Math.abs(size - before);
    if (size > 0 && canShrink(distance, before)) shrinks.push(size < before ? 1 : 0);
    codes[at++] = size === 0 ? 0 : distance + 1;
    last.set(places, i, size);
  }
  packing.parameters.varint(exponent);
  tabledCoding(codes).pack(packing);
  for (const shrink of shrinks) packing.bits.write(shrink, 1);
}

/** Fills in the sizes that are not odd. */
export function unpackSizes(
  unpacking: Unpacking,
  sizes: Float64Array,
  places: Places,
  seeds: readonly Seed[],
): void {
  const count = sizes.filter((size) => size !== ODD).length;
  if (count === 0) return;
  const unit = checkUnit(unpacking.parameters.varint());
  const codes = unpackTabled(unpacking, count);
  const last = new LastSizes(seeds, unit);
  let at = 0;
  for (let i = 0; i < sizes.length; i++) {
    if (sizes[i] === ODD) continue;
    const code = codes[at++]!;
    let size = 0;
    if (code > 0) {
      const before = last.get(places, i);
      const distance = code - 1;
      const shrank = canShrink(distance, before) && unpacking.bits.read(1) === 1;
      size = shrank ? before - distance : before + distance;
      if (size === 0) throw damaged("a size is spelled in two ways");
    }
    sizes[i] = checkMillionths(size * unit);
    last.set(places, i, size);
  }
}

function canShrink(distance: number, before: number): boolean {
  return distance > 0 && distance < before;
}
