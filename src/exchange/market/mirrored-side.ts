import type { WireLevel } from "../../polymarket/messages.ts";
import { ONE, priceText, sizeText } from "./decimal-text.ts";

/**
 * One side of the YES book and the opposite side of the NO book, which is its mirror: price p
 * here is 1 - p there, with the same size. Both stand in wire order, the best level last; YES
 * bids ascend while NO asks descend, so that a level has one index in both.
 */
export class MirroredSide {
  /** Levels of the YES token, ready for the wire. */
  readonly own: WireLevel[] = [];
  /** The same levels as the NO token has them on its opposite side. */
  readonly mirrored: WireLevel[] = [];
  #ownJson: string | undefined;
  #mirroredJson: string | undefined;
  readonly #prices: number[] = [];
  readonly #sizes: number[] = [];
  readonly #direction: 1 | -1;

  constructor(order: "ascending" | "descending") {
    this.#direction = order === "ascending" ? 1 : -1;
  }

  /** `own` as JSON, made anew after each change. */
  get ownJson(): string {
    this.#ownJson ??= JSON.stringify(this.own);
    return this.#ownJson;
  }

  /** `mirrored` as JSON, made anew after each change. */
  get mirroredJson(): string {
    this.#mirroredJson ??= JSON.stringify(this.mirrored);
    return this.#mirroredJson;
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
    const copy = new MirroredSide(this.#direction === 1 ? "ascending" : "descending");
    copy.#prices.push(...this.#prices);
    copy.#sizes.push(...this.#sizes);
    copy.own.push(...this.own);
    copy.mirrored.push(...this.mirrored);
    return copy;
  }

  /** Sets the size at a YES price; 0 removes the level. */
  set(price: number, size: number): void {
    this.#ownJson = undefined;
    this.#mirroredJson = undefined;
    const index = this.#indexOf(price);
    const replaced = this.#prices[index] === price ? 1 : 0;
    if (size === 0) {
      this.#prices.splice(index, replaced);
      this.#sizes.splice(index, replaced);
      this.own.splice(index, replaced);
      this.mirrored.splice(index, replaced);
      return;
    }
    const text = sizeText(size);
    this.#prices.splice(index, replaced, price);
    this.#sizes.splice(index, replaced, size);
    this.own.splice(index, replaced, { price: priceText(price), size: text });
    this.mirrored.splice(index, replaced, { price: priceText(ONE - price), size: text });
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
