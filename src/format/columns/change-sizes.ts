import { damaged } from "../damaged.ts";
import { checkMillionths, checkUnit, isMultiple, unitOf } from "./decimal-unit.ts";
import type { FirstUses } from "./first-uses.ts";
import type { Packing } from "./packing.ts";
import { countKnown, knownOf, ODD, ODD_SIDE, type Seed, SIDES } from "./seeds.ts";
import { tabledCoding, unpackTabled } from "./tabled.ts";
import type { Unpacking } from "./unpacking.ts";

/**
 * Sizes of changes: 0 where the level goes, else one more than the distance from the size that
 * the level had last in this block, keyframe included, or from 0. Where that size could also have
 * shrunk by so much, a bit says whether it did.
 */

/** Where changes are: their prices and their sides. */
export interface Levels {
  readonly prices: FirstUses;
  readonly sides: Uint8Array;
}

/** The last size at each level, in units; 0 where none is known. */
class LastSizes {
  readonly #prices: FirstUses;
  readonly #sides: Uint8Array;
  /** Of the bid and of the ask at each price. */
  readonly #sizes: Float64Array;

  constructor({ prices, sides }: Levels, seeds: readonly Seed[], unit: number) {
    this.#prices = prices;
    this.#sides = sides;
    this.#sizes = new Float64Array(prices.distinct.length * SIDES.length);
    for (const { side, price, size } of seeds) {
      const id = prices.idOf(price);
      if (id >= 0 && isMultiple(size, unit)) this.#sizes[id * SIDES.length + side] = size / unit;
    }
  }

  get(level: number): number {
    return level < 0 ? 0 : this.#sizes[level]!;
  }

  set(level: number, size: number): void {
    if (level >= 0) this.#sizes[level] = size;
  }

  /** The level of a change; -1 where its place is odd. */
  levelOf(change: number): number {
    const id = this.#prices.ids[change]!;
    const side = this.#sides[change]!;
    return id < 0 || side === ODD_SIDE ? -1 : id * SIDES.length + side;
  }
}

/** `sizes` in millionths, `ODD` where the text is odd. */
export function packSizes(
  packing: Packing,
  sizes: Float64Array,
  levels: Levels,
  seeds: readonly Seed[],
): void {
  const known = knownOf(sizes);
  if (known.length === 0) return;
  const exponent = unitOf(known);
  const unit = 10 ** exponent;
  const last = new LastSizes(levels, seeds, unit);
  const codes = new Float64Array(known.length);
  /** 1 for a size that shrank, 0 for one that grew and could have shrunk. */
  const shrinks = new Uint8Array(known.length);
  let shrinkable = 0;
  let at = 0;
  for (let i = 0; i < sizes.length; i++) {
    if (sizes[i] === ODD) continue;
    const size = sizes[i]! / unit;
    const level = last.levelOf(i);
    const before = last.get(level);
    const distance = Math.abs(size - before);
    if (size > 0 && canShrink(distance, before)) shrinks[shrinkable++] = size < before ? 1 : 0;
    codes[at++] = size === 0 ? 0 : distance + 1;
    last.set(level, size);
  }
  packing.parameters.varint(exponent);
  tabledCoding(codes).pack(packing);
  for (let i = 0; i < shrinkable; i++) packing.bits.write(shrinks[i]!, 1);
}

/** Fills in the sizes that are not odd. */
export function unpackSizes(
  unpacking: Unpacking,
  sizes: Float64Array,
  levels: Levels,
  seeds: readonly Seed[],
): void {
  const count = countKnown(sizes);
  if (count === 0) return;
  const unit = checkUnit(unpacking.parameters.varint());
  const codes = unpackTabled(unpacking, count);
  const last = new LastSizes(levels, seeds, unit);
  let at = 0;
  for (let i = 0; i < sizes.length; i++) {
    if (sizes[i] === ODD) continue;
    const code = codes[at++]!;
    const level = last.levelOf(i);
    let size = 0;
    if (code > 0) {
      const before = last.get(level);
      const distance = code - 1;
      const shrank = canShrink(distance, before) && unpacking.bits.read(1) === 1;
      size = shrank ? before - distance : before + distance;
      if (size === 0) throw damaged("a size is spelled in two ways");
    }
    sizes[i] = checkMillionths(size * unit);
    last.set(level, size);
  }
}

function canShrink(distance: number, before: number): boolean {
  return distance > 0 && distance < before;
}
