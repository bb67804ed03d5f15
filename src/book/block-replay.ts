import { DERIVED, type Implied, type StoredValue } from "../format/block.ts";
import type { Block } from "../format/block-reader.ts";
import type { BlockRows } from "../format/block-rows.ts";
import { hashedValuesOf } from "../format/columns/recipe-column.ts";
import type { HeadKind } from "../format/columns/row-heads.ts";
import { damaged } from "../format/damaged.ts";
import { HASH_BYTES } from "../format/hash-text.ts";
import { type Levels, levelsText, parseLevels } from "../format/level.ts";
import { BLOCK_LEVELS_MAX } from "../format/limits.ts";
import { isApplied, type MarketEvent } from "../format/market-event.ts";
import { lastSlot, type Shape } from "../format/shape.ts";
import type { SideName } from "./book.ts";
import { levelChange } from "./event-levels.ts";
import { HashedBook } from "./hashed-book.ts";
import {
  RECIPE_NAMES,
  RECIPES,
  type Recipe,
  type RecipeValues,
  UNKNOWN_VALUES,
} from "./recipes.ts";
import { restoredLevels } from "./stored-levels.ts";

const DIGEST = new Uint8Array(HASH_BYTES);

/** What follows from the book after a row; the hash is that of a group which ends there. */
interface BookFacts {
  readonly hash: string;
  /** That was hashed: in sound blocks that of all rows of the group. */
  readonly timestamp: string;
  readonly bestBid: string;
  readonly bestAsk: string;
}

/** A book with what was hashed of it; the values are `undefined` where no hash proved them. */
export interface BookAfter extends Levels {
  readonly values: RecipeValues | undefined;
}

/**
 * Gives back the events of a block's rows. Most need no book; hashes, best prices and levels that
 * were not stored are made when they are asked for, cheaply in the order of the rows: 3 us for a
 * hash at a hundred levels.
 */
export class BlockReplay {
  readonly #block: Block;
  readonly #rows: BlockRows;
  readonly #implied: Implied;
  readonly #recipe: Recipe | undefined;
  /** Made when it is first needed: most updates need none. */
  #made: HashedBook | undefined;
  /** The book has the rows before this one. */
  #next = 0;
  /** Levels of all books so far. */
  #levels = 0;
  /** How many of the recipe's changes hold by the last group asked for, and its values. */
  #changes = 0;
  #values: RecipeValues = UNKNOWN_VALUES;
  /** Of rows whose book was there before it was asked for, and of the last group. */
  readonly #facts = new Map<number, BookFacts>();

  constructor(block: Block, implied: Implied) {
    this.#block = block;
    this.#rows = block.columns;
    this.#implied = implied;
    const name = RECIPE_NAMES.find((known) => known === block.recipe?.name);
    this.#recipe = name && RECIPES[name];
  }

  get #book(): HashedBook {
    this.#made ??= this.#restart();
    return this.#made;
  }

  /** The event that a row of the block stands for. */
  event(row: number): RestoredEvent {
    return new RestoredEvent(this, row, this.#rows.heads.kind(row));
  }

  /** The text of a row's value. */
  value(row: number, slot: number): string {
    const value = this.#rows.value(row, slot);
    if (typeof value === "string") return value;
    if (value === DERIVED) return this.#derived(row, slot);
    const side = this.#shape(row).slots[slot]!.key === "bids" ? "bids" : "asks";
    this.#goTo(row);
    return levelsText(restoredLevels(side, this.#book.levels()[side], value));
  }

  /** The book after a row, and what its hash covers beside it. */
  bookAfter(row: number): BookAfter {
    this.#goTo(row + 1);
    const values = this.#block.recipe === null ? undefined : this.#valuesAt(row);
    return { ...this.#book.levels(), values };
  }

  /** The hash of a row as forty hex digits; `undefined` if it has none. */
  hash(row: number): string | undefined {
    const value = this.#stored(row, this.#shape(row).hashSlot);
    return value === DERIVED ? this.#factsOf(row).hash : (value as string | undefined);
  }

  #derived(row: number, slot: number): string {
    const shape = this.#shape(row);
    const { hash, bestBid, bestAsk } = this.#factsOf(row);
    if (slot === shape.hashSlot) return hash;
    return slot === shape.bestBidSlot ? bestBid : bestAsk;
  }

  #factsOf(row: number): BookFacts {
    const endRow = this.#block.groupEnds[row]!;
    const timestamp = this.#hashedTime(row);
    const known = this.#facts.get(endRow);
    if (known?.timestamp === timestamp) return known;
    this.#goTo(endRow + 1);
    const { bestBid, bestAsk } = this.#book;
    const hash = this.#hasDerivedHash(row) ? this.#hash(endRow, timestamp) : "";
    const facts = { hash, timestamp, bestBid, bestAsk };
    this.#facts.set(endRow, facts);
    return facts;
  }

  /** The hash of the book as it is, after the last row of a group. */
  #hash(endRow: number, timestamp: string): string {
    if (this.#recipe === undefined) {
      const { recipe } = this.#block;
      throw damaged(`its hashes have a recipe "${recipe?.name}", which only a newer polybot knows`);
    }
    this.#book.hash(timestamp, this.#recipe, this.#valuesAt(endRow), DIGEST);
    return DIGEST.toHex();
  }

  /** Empty where no hash is made. */
  #hashedTime(row: number): string {
    if (!this.#hasDerivedHash(row)) return "";
    return (this.#stored(row, this.#shape(row).timeSlot) ?? "") as string;
  }

  #hasDerivedHash(row: number): boolean {
    return this.#stored(row, this.#shape(row).hashSlot) === DERIVED;
  }

  /** What the recipe's values are at the end of a group, which the book has come to. */
  #valuesAt(endRow: number): RecipeValues {
    const { recipe, recipeChanges } = this.#block;
    while (this.#changes < recipeChanges.length && recipeChanges[this.#changes]!.row <= endRow) {
      const { tickSize, lastTradePrice } = recipeChanges[this.#changes]!;
      this.#values = { ...recipe!, tickSize, lastTradePrice };
      this.#changes++;
    }
    return this.#values;
  }

  /** Brings the book to where it was before a row. */
  #goTo(row: number): void {
    if (row < this.#next) this.#made = undefined;
    this.#made ??= this.#restart();
    while (this.#next < row) {
      const passed = this.#next++;
      this.#apply(passed);
      this.#levels += this.#book.count;
      if (this.#levels > BLOCK_LEVELS_MAX)
        throw damaged("the books of a block have too many levels");
      // Best prices among the rows of a group: nobody will come back for them.
      if (this.#block.groupEnds[passed] !== passed || this.#hasDerivedHash(passed)) continue;
      const { bestBid, bestAsk } = this.#book;
      this.#facts.set(passed, { hash: "", timestamp: "", bestBid, bestAsk });
    }
  }

  #restart(): HashedBook {
    const { market, tokenId } = this.#implied;
    const book = new HashedBook(market, tokenId);
    if (this.#block.keyframe !== null) book.replace(this.#block.keyframe);
    this.#next = 0;
    this.#levels = book.count;
    this.#startValues();
    return book;
  }

  #startValues(): void {
    const { keyframe, recipe } = this.#block;
    this.#changes = 0;
    this.#values = { ...UNKNOWN_VALUES, ...recipe, ...hashedValuesOf(keyframe) };
  }

  #apply(row: number): void {
    if (!isApplied(this.#rows.verdict(row))) return;
    const { type } = this.#rows.heads.kind(row);
    if (type === "price_change") {
      const change = levelChange(this.event(row));
      if (change !== undefined) this.#book.set(change.side, change.price, change.size);
    } else if (type === "book") {
      this.#applyBook(row);
    }
  }

  #applyBook(row: number): void {
    const { slots } = this.#shape(row);
    const isSame = (name: SideName) => {
      const value = this.#stored(row, lastSlot(slots, name));
      return typeof value === "object" && value?.mode === "same";
    };
    if (isSame("bids") && isSame("asks")) return;
    const current = this.#book.levels();
    const side = (name: SideName) => {
      const value = this.#stored(row, lastSlot(slots, name));
      if (value === undefined || value === DERIVED) return undefined;
      return typeof value === "string"
        ? parseLevels(value)
        : restoredLevels(name, current[name], value);
    };
    const bids = side("bids");
    const asks = side("asks");
    if (bids !== undefined && asks !== undefined) this.#book.replace({ bids, asks });
  }

  #shape(row: number): Shape {
    return this.#rows.heads.kind(row).shape;
  }

  /** `undefined` where the row has no such slot. */
  #stored(row: number, slot: number): StoredValue | undefined {
    return slot < 0 ? undefined : this.#rows.value(row, slot);
  }
}

/** The event of a block's row, whose values are made when they are first asked for. */
export class RestoredEvent implements MarketEvent {
  readonly type: MarketEvent["type"];
  readonly shape: MarketEvent["shape"];
  readonly #replay: BlockReplay;
  readonly #row: number;
  #values: readonly string[] | undefined;

  constructor(replay: BlockReplay, row: number, { type, shape }: HeadKind) {
    this.#replay = replay;
    this.#row = row;
    this.type = type;
    this.shape = shape;
  }

  get values(): readonly string[] {
    this.#values ??= this.shape.slots.map((_, slot) => this.valueAt(slot));
    return this.#values;
  }

  valueAt(slot: number): string {
    return this.#values?.[slot] ?? this.#replay.value(this.#row, slot);
  }

  /** See `BlockReplay`. */
  bookAfter(): BookAfter {
    return this.#replay.bookAfter(this.#row);
  }
}
