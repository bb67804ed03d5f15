import { compareDecimals, isDecimal, textOfMillionths } from "../format/decimal.ts";
import type { Level, Levels } from "../format/level.ts";
import { SIDE_LEVELS_MAX } from "../format/limits.ts";
import { bestPrice, isBest, isPlainBest } from "./best-level.ts";
import { Book, type SideName } from "./book.ts";
import { BookSide } from "./book-side.ts";
import { isUsualTime, TIME_DIGITS, writeMillionths, writeTime } from "./digit-bytes.ts";
import { isInPlace, STAMP_KEY, STAMP_TO_BIDS_BYTES } from "./in-place-head.ts";
import {
  ASCII_MAX,
  asciiOf,
  LEVEL_FRAME_BYTES,
  LEVEL_TEXT_BYTES_MAX,
  type LevelSource,
  priceEnd,
  priceStart,
  sizeEnd,
  sizeStart,
  textOf,
  writeLevel,
} from "./level-bytes.ts";
import { priceTicks, sizeKind, ticksOf } from "./price-ticks.ts";
import {
  headText,
  MIDDLE_TEXT,
  RECIPES,
  type Recipe,
  type RecipeValues,
  sidesText,
  tailText,
} from "./recipes.ts";
import { SplicedBytes } from "./spliced-bytes.ts";

const COMMA = 44;

/** What best prices are without levels, in millionths. */
const [NO_BID, NO_ASK] = [0, 1_000_000];

/** Level strings on their way into a book's bytes: one for all books, used within one call. */
const SCRATCH: LevelSource = {
  source: new Uint8Array(LEVEL_TEXT_BYTES_MAX),
  priceEnd: 0,
  end: 0,
};

/**
 * A token's order book as the very bytes that the venue hashes: a change is spliced in place, and
 * proving it is one SHA-1 over the buffer. It holds what `Book` would hold, one level for each
 * price value in the last spelling of price and size. A book with a price that has no place on
 * the grid of ten-thousandths is kept by a `Book` until the next whole book replaces it.
 *
 * Market and token id are as they stand between the quotes of the venue's JSON.
 */
export class HashedBook {
  readonly #market: string;
  readonly #tokenId: string;
  readonly #text: SplicedBytes;
  readonly #stampAt: number;
  #stampEnd: number;
  readonly #bids: BookSide;
  readonly #asks: BookSide;
  /** Of the tail that stands behind the asks. */
  #tailRecipe: Recipe | undefined;
  #tailValues: RecipeValues | undefined;
  #odd: Book | undefined;

  constructor(market: string, tokenId: string, from?: HashedBook) {
    this.#market = market;
    this.#tokenId = tokenId;
    if (from === undefined) {
      const head = Buffer.from(headText(RECIPES["10"], market, tokenId, ""));
      this.#text = new SplicedBytes(Buffer.concat([head, Buffer.from(MIDDLE_TEXT)]));
      this.#stampAt = head.indexOf(STAMP_KEY) + STAMP_KEY.length;
      this.#stampEnd = this.#stampAt;
      this.#bids = new BookSide(false, head.length);
      this.#asks = new BookSide(true, this.#text.length);
      return;
    }
    this.#text = from.#text.copy();
    this.#stampAt = from.#stampAt;
    this.#stampEnd = from.#stampEnd;
    this.#bids = new BookSide(false, from.#bids.end, from.#bids);
    this.#asks = new BookSide(true, from.#asks.end, from.#asks);
    this.#tailRecipe = from.#tailRecipe;
    this.#tailValues = from.#tailValues;
    if (from.#odd !== undefined) {
      this.#odd = new Book();
      this.#odd.replace(from.#odd.levels());
    }
  }

  /** A book of its own with the same levels: half a microsecond at a hundred of them. */
  copy(): HashedBook {
    return new HashedBook(this.#market, this.#tokenId, this);
  }

  /**
   * Puts other levels in the place of all, and says whether they are the same as before, text by
   * text. The levels satisfy `isLevel`.
   */
  replace(levels: Levels): boolean {
    const textBefore = this.#odd && sidesText(this.#odd.levels());
    const before = this.#text.bytes.slice(this.#bidsAt, this.#asks.end);
    this.#clear();
    this.#reserve(levels);
    for (const [price, size] of levels.bids) this.set("bids", price, size);
    for (const [price, size] of levels.asks) this.set("asks", price, size);
    this.#bids.shrink();
    this.#asks.shrink();
    this.#text.shrink();
    if (textBefore !== undefined || this.#odd !== undefined) {
      return textBefore === sidesText(this.levels());
    }
    return Buffer.compare(before, this.#text.bytes.subarray(this.#bidsAt, this.#asks.end)) === 0;
  }

  /**
   * `size` is the new whole size at `price`; zero removes the level, and a full side takes no
   * other. False if either is no decimal: then nothing is changed.
   */
  set(name: SideName, price: string, size: string): boolean {
    if (price.length + size.length > LEVEL_TEXT_BYTES_MAX) return this.#setOdd(name, price, size);
    const { source } = SCRATCH;
    let to = 0;
    for (let i = 0; i < price.length; i++) source[to++] = asciiOf(price, i);
    SCRATCH.priceEnd = to;
    for (let i = 0; i < size.length; i++) source[to++] = asciiOf(size, i);
    SCRATCH.end = to;
    const ticks = priceTicks(source, 0, SCRATCH.priceEnd);
    if (ticks < 0 || this.#odd !== undefined) return this.#setOdd(name, price, size);
    let kind = sizeKind(source, SCRATCH.priceEnd, to);
    if (kind === "odd") {
      if (!isDecimal(size)) return false;
      kind = compareDecimals(size, "0") === 0 ? "zero" : "more";
    }
    this.#placeScratch(name, ticks, kind === "zero");
    return true;
  }

  /** `set` for plain decimals in millionths, which never fails. */
  setPlain(name: SideName, price: number, size: number): void {
    const ticks = ticksOf(price);
    if (ticks < 0 || this.#odd !== undefined) {
      this.#setOdd(name, textOfMillionths(price), textOfMillionths(size));
      return;
    }
    SCRATCH.priceEnd = writeMillionths(SCRATCH.source, 0, price);
    SCRATCH.end = writeMillionths(SCRATCH.source, SCRATCH.priceEnd, size);
    this.#placeScratch(name, ticks, size === 0);
  }

  /**
   * The SHA-1 that the venue has for this book at this time, into the first 20 bytes of `out`.
   * `timestamp` is the text as it stands between quotes on the wire, or a number if that is plain.
   */
  hash(timestamp: string | number, recipe: Recipe, values: RecipeValues, out: Uint8Array): void {
    if (this.#odd !== undefined || !isInPlace(recipe)) {
      const levels = this.#levelsBytes();
      const head = Buffer.from(headText(recipe, this.#market, this.#tokenId, `${timestamp}`));
      Bun.SHA1.hash(Buffer.concat([head, levels, Buffer.from(tailText(recipe, values))]), out);
      return;
    }
    if (typeof timestamp === "string") this.#stamp(timestamp);
    else this.#stampPlain(timestamp);
    if (this.#tailRecipe !== recipe || this.#tailValues !== values) this.#writeTail(recipe, values);
    Bun.SHA1.hash(this.#text.view, out);
  }

  /** A SHA-1 that has taken everything before the `]` that ends the asks. */
  hasher(timestamp: string, recipe: Recipe): Bun.CryptoHasher {
    const hasher = new Bun.CryptoHasher("sha1");
    hasher.update(headText(recipe, this.#market, this.#tokenId, timestamp));
    hasher.update(this.#levelsBytes());
    return hasher;
  }

  /** As the wire writes it: `"0"` when there is none. */
  get bestBid(): string {
    return this.#best("bids") ?? "0";
  }

  /** As the wire writes it: `"1"` when there is none. */
  get bestAsk(): string {
    return this.#best("asks") ?? "1";
  }

  /** Whether these are the best prices, in the very spelling; makes no string. */
  hasBest(bid: string, ask: string): boolean {
    if (this.#odd !== undefined) return bid === this.bestBid && ask === this.bestAsk;
    const { bytes } = this.#text;
    return isBest(bytes, this.#bids, bid, "0") && isBest(bytes, this.#asks, ask, "1");
  }

  /** The same for plain decimals in millionths. */
  hasPlainBest(bid: number, ask: number): boolean {
    if (this.#odd !== undefined) {
      return textOfMillionths(bid) === this.bestBid && textOfMillionths(ask) === this.bestAsk;
    }
    const { bytes } = this.#text;
    return (
      isPlainBest(bytes, this.#bids, bid, NO_BID) && isPlainBest(bytes, this.#asks, ask, NO_ASK)
    );
  }

  levels(): Levels {
    return this.#odd?.levels() ?? { bids: this.#levelsOf("bids"), asks: this.#levelsOf("asks") };
  }

  /** Levels of both sides. */
  get count(): number {
    return this.#odd?.count ?? this.#bids.count + this.#asks.count;
  }

  /** Bytes of the buffers, whose room for growth is counted; objects come to some 600 more. */
  get byteSize(): number {
    return this.#text.bytes.byteLength + this.#bids.byteSize + this.#asks.byteSize;
  }

  get #bidsAt(): number {
    return this.#stampEnd + STAMP_TO_BIDS_BYTES;
  }

  #startOf(side: BookSide): number {
    return side === this.#bids ? this.#bidsAt : this.#bids.end + MIDDLE_TEXT.length;
  }

  #placeScratch(name: SideName, ticks: number, isGone: boolean): void {
    const side = name === "bids" ? this.#bids : this.#asks;
    this.#place(side, ticks, isGone ? 0 : SCRATCH.end + LEVEL_FRAME_BYTES, SCRATCH);
  }

  /** Sets, adds or (`length` 0) removes the level at a price. */
  #place(side: BookSide, ticks: number, length: number, level: LevelSource): void {
    const key = side.keyOf(ticks);
    const { keys, lengths } = side;
    let index = side.count;
    // Behind level `index - 1`; with its comma each level is one byte longer.
    let at = side.end;
    while (index > 0 && keys[index - 1]! > key) at -= lengths[--index]! + 1;
    if (index > 0 && keys[index - 1] === key) {
      if (length === 0) this.#remove(side, index - 1, at);
      else this.#overwrite(side, index - 1, at, length, level);
    } else if (length > 0 && side.count < SIDE_LEVELS_MAX) {
      this.#insert(side, index, at, key, length, level);
    }
  }

  #overwrite(side: BookSide, index: number, end: number, length: number, level: LevelSource): void {
    const lengthBefore = side.lengths[index]!;
    const start = end - lengthBefore;
    if (length !== lengthBefore) {
      this.#splice(side, end, length - lengthBefore);
      side.lengths[index] = length;
    }
    writeLevel(this.#text.bytes, start, level);
  }

  #remove(side: BookSide, index: number, end: number): void {
    const length = side.lengths[index]!;
    const isOnly = side.count === 1;
    // With the comma before it, or for the first level the one behind it.
    const cutEnd = index === 0 && !isOnly ? end + 1 : end;
    this.#splice(side, cutEnd, isOnly ? -length : -length - 1);
    side.remove(index);
  }

  #insert(
    side: BookSide,
    index: number,
    at: number,
    key: number,
    length: number,
    level: LevelSource,
  ): void {
    const isOnly = side.count === 0;
    // Before all others there is no level to stand behind.
    const start = isOnly || index > 0 ? at : this.#startOf(side);
    this.#splice(side, start, isOnly ? length : length + 1);
    if (isOnly) {
      writeLevel(this.#text.bytes, start, level);
    } else if (index === 0) {
      writeLevel(this.#text.bytes, start, level);
      this.#text.bytes[start + length] = COMMA;
    } else {
      this.#text.bytes[start] = COMMA;
      writeLevel(this.#text.bytes, start + 1, level);
    }
    side.insert(index, key, length);
  }

  /** Moves everything from `at` on by `delta` bytes. */
  #splice(side: BookSide, at: number, delta: number): void {
    this.#text.move(at, delta);
    side.end += delta;
    if (side === this.#bids) this.#asks.end += delta;
  }

  /** Room for levels at once: growing step by step would leave as much garbage behind. */
  #reserve({ bids, asks }: Levels): void {
    let needed = this.#text.length;
    for (const [price, size] of bids) needed += price.length + size.length + LEVEL_FRAME_BYTES + 1;
    for (const [price, size] of asks) needed += price.length + size.length + LEVEL_FRAME_BYTES + 1;
    this.#text.reserve(needed);
    this.#bids.reserve(bids.length);
    this.#asks.reserve(asks.length);
  }

  #clear(): void {
    const bids = this.#bidsAt;
    const asksEnd = this.#asks.end;
    const bytes = this.#text.bytes;
    for (let i = 0; i < MIDDLE_TEXT.length; i++) bytes[bids + i] = MIDDLE_TEXT.charCodeAt(i);
    const end = bids + MIDDLE_TEXT.length;
    bytes.copyWithin(end, asksEnd, this.#text.length);
    this.#text.length -= asksEnd - end;
    this.#bids.count = 0;
    this.#bids.end = bids;
    this.#asks.count = 0;
    this.#asks.end = end;
    this.#odd = undefined;
  }

  #stampPlain(ms: number): void {
    const isUsual = isUsualTime(ms) && this.#stampEnd - this.#stampAt === TIME_DIGITS;
    if (isUsual) writeTime(this.#text.bytes, this.#stampAt, ms);
    else this.#stamp(String(ms));
  }

  #stamp(timestamp: string): void {
    const bytes = this.#text.bytes;
    if (timestamp.length === this.#stampEnd - this.#stampAt) {
      let seen = 0;
      for (let i = 0; i < timestamp.length; i++) {
        const code = timestamp.charCodeAt(i);
        seen |= code;
        bytes[this.#stampAt + i] = code;
      }
      if (seen <= ASCII_MAX) return;
    }
    const encoded = Buffer.from(timestamp);
    const delta = encoded.length - (this.#stampEnd - this.#stampAt);
    this.#text.move(this.#stampEnd, delta);
    this.#stampEnd += delta;
    this.#bids.end += delta;
    this.#asks.end += delta;
    this.#text.bytes.set(encoded, this.#stampAt);
  }

  #writeTail(recipe: Recipe, values: RecipeValues): void {
    const tail = Buffer.from(tailText(recipe, values));
    const length = this.#asks.end + tail.length;
    this.#text.reserve(length);
    this.#text.bytes.set(tail, this.#asks.end);
    this.#text.length = length;
    this.#tailRecipe = recipe;
    this.#tailValues = values;
  }

  #levelsBytes(): Uint8Array {
    if (this.#odd === undefined) return this.#text.bytes.subarray(this.#bidsAt, this.#asks.end);
    // Without the brackets around all: the head and the tail bring them.
    return Buffer.from(sidesText(this.#odd.levels()).slice(1, -1));
  }

  #setOdd(name: SideName, price: string, size: string): boolean {
    if (!isDecimal(price) || !isDecimal(size)) return false;
    if (this.#odd === undefined) {
      const odd = new Book();
      odd.replace(this.levels());
      this.#clear();
      this.#odd = odd;
    }
    this.#odd.set(name, price, size);
    return true;
  }

  #best(name: SideName): string | undefined {
    if (this.#odd !== undefined) return this.#odd.side(name).at(-1)?.[0];
    return bestPrice(this.#text.bytes, name === "bids" ? this.#bids : this.#asks);
  }

  #levelsOf(name: SideName): Level[] {
    const side = name === "bids" ? this.#bids : this.#asks;
    const levels: Level[] = [];
    let at = this.#startOf(side);
    for (let i = 0; i < side.count; i++) {
      const end = at + side.lengths[i]!;
      const start = priceStart(at);
      const stop = priceEnd(this.#text.bytes, start);
      levels.push([
        textOf(this.#text.bytes, start, stop),
        textOf(this.#text.bytes, sizeStart(stop), sizeEnd(end)),
      ]);
      at = end + 1;
    }
    return levels;
  }
}
