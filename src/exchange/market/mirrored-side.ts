import { ONE, priceText, sizeText } from "./decimal-text.ts";
import { LevelList } from "./level-list.ts";

/**
 * One side of the YES book and the opposite side of the NO book, which is its mirror: price p
 * here is 1 - p there, with the same size. Both stand in wire order, the best level last; YES
 * bids ascend while NO asks descend, so that a level has one index in both.
 */
export class MirroredSide {
  /** Levels of the YES token. */
  readonly own: LevelList;
  /** The same levels as the NO token has them on its opposite side. */
  readonly mirrored: LevelList;
  readonly #prices: number[] = [];
  readonly #sizes: number[] = [];
  readonly #direction: 1 | -1;

  constructor(
    order: "ascending" | "descending",
    own = new LevelList(),
    mirrored = new LevelList(),
  ) {
    this.#direction = order === "ascending" ? 1 : -1;
    this.own = own;
    this.mirrored = mirrored;
  }

  get length(): number {
    return this.#prices.length;
  }

  /** YES price in ten-thousandths, counted from the touch: 0 is the best level. */
  priceFromTouch(rank: number): number | undefined {
    return this.#prices[this.#prices.length - 1 - rank];
  }

  /** Size in hundredths at a YES price; 0 where there is no level. */
  sizeAt(price: number): number {
    const index = this.#indexOf(price);
    return this.#prices[index] === price ? (this.#sizes[index] ?? 0) : 0;
  }

  copy(): MirroredSide {
    const order = this.#direction === 1 ? "ascending" : "descending";
    const copy = new MirroredSide(order, this.own.copy(), this.mirrored.copy());
    copy.#prices.push(...this.#prices);
    copy.#sizes.push(...this.#sizes);
    return copy;
  }

  /** Sets the size at a YES price; 0 removes the level. */
  set(price: number, size: number): void {
    const index = this.#indexOf(price);
    const isThere = this.#prices[index] === price;
    if (size === 0) {
      if (isThere) this.#remove(index);
      return;
    }
    const text = sizeText(size);
    const own = { price: priceText(price), size: text };
    const mirrored = { price: priceText(ONE - price), size: text };
    if (isThere) {
      this.#sizes[index] = size;
      this.own.replace(index, own);
      this.mirrored.replace(index, mirrored);
    } else {
      this.#prices.splice(index, 0, price);
      this.#sizes.splice(index, 0, size);
      this.own.insert(index, own);
      this.mirrored.insert(index, mirrored);
    }
  }

  #remove(index: number): void {
    this.#prices.splice(index, 1);
    this.#sizes.splice(index, 1);
    this.own.remove(index);
    this.mirrored.remove(index);
  }

  /** Where `price` stands or would have to be inserted. */
  #indexOf(price: number): number {
    let low = 0;
    let high = this.#prices.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const here = this.#prices[middle] ?? 0;
      if ((here - price) * this.#direction < 0) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }
}
