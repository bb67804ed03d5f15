import { damaged } from "../damaged.ts";
import { millionthsOf } from "../decimal.ts";
import { placesCoding, unpackPlaces } from "./change-prices.ts";
import { packSizes, unpackSizes } from "./change-sizes.ts";
import { decimalSpeller } from "./decimal-column.ts";
import { stagedDecimal, unstagedDecimal } from "./decimal-unit.ts";
import { FirstUses } from "./first-uses.ts";
import { type OddReader, OddTexts } from "./odd-texts.ts";
import type { Packing } from "./packing.ts";
import { ODD, ODD_SIDE, type Seed, SIDES } from "./seeds.ts";
import { StagedNumbers } from "./staged-numbers.ts";
import type { Unpacking } from "./unpacking.ts";

/** The parts of a change, each with odd texts of its own, in the order of their streams. */
const CHANGE_PARTS = ["price", "size", "side"] as const;

/** A change's texts in the order of `CHANGE_PARTS`. */
export type ChangeTexts = readonly [price: string, size: string, side: string];

/** Prices, sizes and sides of changes of levels, which foretell each other. */
export class ChangeWriter {
  readonly odd: readonly OddTexts[] = CHANGE_PARTS.map(() => new OddTexts());
  /** Values are moved up by one, so that odd ones can wait among them. */
  readonly #prices = new StagedNumbers();
  readonly #sizes = new StagedNumbers();
  readonly #sides = new StagedNumbers();
  #count = 0;

  get count(): number {
    return this.#count;
  }

  get bytes(): number {
    const parts = [this.#prices, this.#sizes, this.#sides, ...this.odd];
    return parts.reduce((sum, part) => sum + part.bytes, 0);
  }

  add(texts: ChangeTexts): void {
    const price = stagedOrOdd(texts[0]);
    const size = stagedOrOdd(texts[1]);
    const side = stagedSide(texts[2]);
    this.#prices.add(price);
    this.#sizes.add(size);
    this.#sides.add(side);
    if (price === 0) this.odd[0]!.add(this.#count, texts[0]);
    if (size === 0) this.odd[1]!.add(this.#count, texts[1]);
    if (side === 0) this.odd[2]!.add(this.#count, texts[2]);
    this.#count++;
  }

  pack(packing: Packing, seeds: readonly Seed[]): void {
    if (this.#count === 0) return;
    const prices = millionthsOrOdd(this.#prices);
    const sides = sidesOrOdd(this.#sides);
    const uses = new FirstUses(prices);
    packing.begin("change price and side");
    placesCoding({ prices, sides }, uses, seeds).pack(packing);
    packing.begin("change size");
    packSizes(packing, millionthsOrOdd(this.#sizes), { prices: uses, sides }, seeds);
  }
}

function stagedOrOdd(text: string): number {
  const millionths = millionthsOf(text);
  return millionths < 0 ? 0 : stagedDecimal(millionths) + 1;
}

function stagedSide(text: string): number {
  if (text === SIDES[0]) return 1;
  return text === SIDES[1] ? 2 : 0;
}

function millionthsOrOdd(staged: StagedNumbers): Float64Array {
  const values = staged.values();
  for (let i = 0; i < values.length; i++) {
    values[i] = values[i] === 0 ? ODD : unstagedDecimal(values[i]! - 1);
  }
  return values;
}

function sidesOrOdd(staged: StagedNumbers): Uint8Array {
  const values = staged.values();
  const sides = new Uint8Array(values.length);
  for (let i = 0; i < values.length; i++) sides[i] = values[i] === 0 ? ODD_SIDE : values[i]! - 1;
  return sides;
}

/** Hands out changes in order. */
export class ChangeReader {
  readonly #prices: Float64Array;
  readonly #sizes: Float64Array;
  readonly #sides: Uint8Array;
  readonly #odd: readonly OddReader[];
  readonly #spellPrice = decimalSpeller();
  readonly #spellSize = decimalSpeller();
  #at = 0;

  constructor(
    unpacking: Unpacking,
    count: number,
    odd: readonly OddReader[],
    seeds: readonly Seed[],
  ) {
    this.#odd = odd;
    this.#prices = new Float64Array(count);
    this.#sizes = new Float64Array(count);
    this.#sides = new Uint8Array(count);
    const columns = [this.#prices, this.#sizes, this.#sides];
    columns.forEach((column, part) => {
      for (const position of odd[part]!.positions) {
        if (position >= count) throw damaged("an odd text has no place");
        column[position] = column === this.#sides ? ODD_SIDE : ODD;
      }
    });
    if (count === 0) return;
    const sides = this.#sides;
    const prices = unpackPlaces(unpacking, { prices: this.#prices, sides }, seeds);
    unpackSizes(unpacking, this.#sizes, { prices, sides }, seeds);
  }

  next(): ChangeTexts {
    const i = this.#at++;
    const [price, size, side] = this.#odd;
    return [
      price!.take(i) ?? this.#spellPrice(this.#prices[i]!),
      size!.take(i) ?? this.#spellSize(this.#sizes[i]!),
      side!.take(i) ?? SIDES[this.#sides[i]!]!,
    ];
  }
}
