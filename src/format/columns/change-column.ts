import { millionthsOf, textOfMillionths } from "../decimal.ts";
import { placesCoding, unpackPlaces } from "./change-prices.ts";
import { packSizes, unpackSizes } from "./change-sizes.ts";
import { decimalSpeller } from "./decimal-column.ts";
import { FirstUses } from "./first-uses.ts";
import { NumberList } from "./number-list.ts";
import { type OddReader, OddTexts } from "./odd-texts.ts";
import type { Packing } from "./packing.ts";
import { ODD, ODD_SIDE, type Seed, SIDES } from "./seeds.ts";
import type { Unpacking } from "./unpacking.ts";

/** The parts of a change, each with odd texts of its own, in the order of their streams. */
const CHANGE_PARTS = ["price", "size", "side"] as const;

/** A change's texts in the order of `CHANGE_PARTS`. */
export type ChangeTexts = readonly [price: string, size: string, side: string];

/** Prices, sizes and sides of changes of levels, which foretell each other. */
export class ChangeWriter {
  readonly odd: readonly OddTexts[] = CHANGE_PARTS.map(() => new OddTexts());
  /** In millionths, or `ODD`. */
  readonly #prices = new NumberList();
  readonly #sizes = new NumberList();
  readonly #sides = new NumberList();

  add(price: number, size: number, side: number): void {
    this.#prices.add(price);
    this.#sizes.add(size);
    this.#sides.add(side);
  }

  addTexts(texts: ChangeTexts): void {
    const [price, size] = [millionthsOf(texts[0]), millionthsOf(texts[1])];
    const side = sideOf(texts[2]);
    const at = this.#prices.count;
    if (price === ODD) this.odd[0]!.add(at, texts[0]);
    if (size === ODD) this.odd[1]!.add(at, texts[1]);
    if (side === ODD_SIDE) this.odd[2]!.add(at, texts[2]);
    this.add(price, size, side);
  }

  pack(packing: Packing, seeds: readonly Seed[]): void {
    if (this.#prices.count === 0) return;
    const prices = this.#prices.values();
    const sides = Uint8Array.from(this.#sides.values());
    const uses = new FirstUses(prices);
    packing.begin("change price and side");
    placesCoding({ prices, sides }, uses, seeds).pack(packing);
    packing.begin("change size");
    packSizes(packing, this.#sizes.values(), { prices: uses, sides }, seeds);
  }
}

function sideOf(text: string): number {
  const side = SIDES.indexOf(text as (typeof SIDES)[number]);
  return side < 0 ? ODD_SIDE : side;
}

/** The changes of a block. */
export class ChangeReader {
  /** In millionths, `ODD` where the text is odd. */
  readonly prices: Float64Array;
  readonly sizes: Float64Array;
  /** Positions in `SIDES`, `ODD_SIDE` where the text is odd. */
  readonly sides: Uint8Array;
  readonly #odd: readonly OddReader[];
  readonly #spellPrice = decimalSpeller();

  constructor(
    unpacking: Unpacking,
    count: number,
    odd: readonly OddReader[],
    seeds: readonly Seed[],
  ) {
    this.#odd = odd;
    this.prices = new Float64Array(count);
    this.sizes = new Float64Array(count);
    this.sides = new Uint8Array(count);
    const columns = [this.prices, this.sizes, this.sides];
    columns.forEach((column, part) => {
      for (const position of odd[part]!.positions) {
        column[position] = column === this.sides ? ODD_SIDE : ODD;
      }
    });
    if (count === 0) return;
    const { sides } = this;
    const prices = unpackPlaces(unpacking, { prices: this.prices, sides }, seeds);
    unpackSizes(unpacking, this.sizes, { prices, sides }, seeds);
  }

  /** A part of a change, by its position in `CHANGE_PARTS`. */
  text(change: number, part: number): string {
    if (part === 2) {
      const side = this.sides[change]!;
      return side === ODD_SIDE ? this.#oddText(change, part) : SIDES[side]!;
    }
    const number = (part === 0 ? this.prices : this.sizes)[change]!;
    if (number === ODD) return this.#oddText(change, part);
    // Hardly a size comes again.
    return part === 0 ? this.#spellPrice(number) : textOfMillionths(number);
  }

  #oddText(change: number, part: number): string {
    return this.#odd[part]!.at(change) as string;
  }
}
