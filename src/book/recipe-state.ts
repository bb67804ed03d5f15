import { HASH_BYTES, isDigest, isHash } from "../format/hash-text.ts";
import type { CandidateState, Explanation, HashGroup } from "./hash-group.ts";
import type { HashedBook } from "./hashed-book.ts";
import { type KnownValue, KnownValues } from "./known-values.ts";
import { FINE_PRICES, findPrice, type MaySearch, PRICES, searchPrice } from "./price-search.ts";
import { type DetectedRecipe, detectRecipe } from "./recipe-detection.ts";
import { type Recipe, type RecipeField, type RecipeValues, UNKNOWN_VALUES } from "./recipes.ts";

/** Values of a market that do not change, as far as REST has told them. */
export type StaticValues = Partial<Pick<RecipeValues, "minOrderSize" | "negRisk">>;

/** A value that was just learned, to be tried where the others have been already. */
export interface LearnedValue {
  readonly field: "tick_size" | "last_trade_price";
  readonly value: KnownValue;
}

/** A trade's price that nobody announced. */
export interface FoundPrice {
  readonly explanation: Explanation;
  readonly learned: LearnedValue;
}

/** Announcements that may be under way at once, and so the past prices that are tried. */
export const PRICES_MAX = 12;
const TICK_SIZES_MAX = 3;

/** Ticks with a fourth decimal: a trade's price may have one too. */
const FINE_TICKS = new Set(["0.0001", "0.0025"]);

const DIGEST = new Uint8Array(HASH_BYTES);
const WORDS = new Int32Array(DIGEST.buffer);

/** What is known of how a token's hashes are made: the recipe, its values, and the last others. */
export class RecipeState {
  #static: StaticValues;
  #recipe: Recipe | undefined;
  #values: RecipeValues = UNKNOWN_VALUES;
  /** The group that the values in use are taken from: an older one does not change them. */
  #valuesNumber = 0;
  readonly #prices = new KnownValues(PRICES_MAX);
  readonly #tickSizes = new KnownValues(TICK_SIZES_MAX);
  #serial = 0;

  constructor(known: StaticValues) {
    this.#static = known;
    this.#change({});
  }

  get recipe(): Recipe | undefined {
    return this.#recipe;
  }

  /** Those in use, as far as hashes and announcements tell. */
  get values(): RecipeValues {
    return this.#values;
  }

  /** Counts what was learned. */
  get serial(): number {
    return this.#serial;
  }

  /** What REST says, until a hash has proved it or told better. */
  know(known: StaticValues): void {
    if (this.#recipe !== undefined) return;
    this.#static = { ...this.#static, ...known };
    this.#change({});
  }

  use({ recipe, values }: DetectedRecipe): void {
    this.#recipe = recipe;
    this.#values = values;
    const { minOrderSize, negRisk, tickSize, lastTradePrice } = values;
    this.#static = { minOrderSize, negRisk };
    this.#learn("tick_size", tickSize);
    this.#learn("last_trade_price", lastTradePrice);
  }

  /** A value was said, as the hash spells it: the next hashes will have it. */
  announce(field: LearnedValue["field"], text: string): LearnedValue {
    const learned = this.#learn(field, text);
    this.#change(field === "tick_size" ? { tickSize: text } : { lastTradePrice: text });
    return learned;
  }

  /** A group proved these values to be in use. */
  proved(values: RecipeValues, groupNumber: number): void {
    if (groupNumber <= this.#valuesNumber) return;
    this.#valuesNumber = groupNumber;
    if (values !== this.#values) this.#change(values);
  }

  canJudge(group: HashGroup): boolean {
    return this.#recipe !== undefined && (group.change !== undefined || isHash(group.hash));
  }

  /** Whether hashes have a field at all. */
  hashes(field: RecipeField): boolean {
    return this.#recipe?.fields.includes(field) ?? false;
  }

  /** The hot path: one SHA-1 with the values in use. */
  explainAtOnce(group: HashGroup, state: CandidateState): Explanation | undefined {
    const values = this.#values;
    const { change } = group;
    state.book.hash(change?.venueMs ?? group.timestamp, this.#recipe!, values, DIGEST);
    const isRight =
      change === undefined ? isDigest(DIGEST, group.hash) : change.hash.isDigest(WORDS);
    if (!isRight) return undefined;
    // Nothing was learned since its last update.
    const isKnown = group.serial === this.#serial;
    const verdict = isKnown ? "matched" : this.#verdictOf(group, state, values);
    return { verdict, values, leadMs: 0, state };
  }

  /** Tries a state with all known values, or with those that hold one which was just learned. */
  explain(
    group: HashGroup,
    state: CandidateState,
    learned?: LearnedValue,
  ): Explanation | undefined {
    const tickSizes = learned?.field === "tick_size" ? [learned.value] : this.#tickSizes.list;
    const prices = learned?.field === "last_trade_price" ? [learned.value] : this.#prices.list;
    const texts = prices.map(({ text }) => text);
    const hasTick = this.hashes("tick_size");
    const ticks = hasTick ? tickSizes.map(({ text }) => text) : [this.#values.tickSize];
    for (const { timestamp, leadMs } of hashedTimes(group, this.#recipe!)) {
      for (const tickSize of ticks) {
        const tried = { ...this.#values, tickSize };
        const lastTradePrice = this.#priceOf(state.book, group.hash, timestamp, tried, texts);
        if (lastTradePrice === undefined) continue;
        const values = { ...tried, lastTradePrice };
        return { verdict: this.#verdictOf(group, state, values), values, leadMs, state };
      }
    }
    return undefined;
  }

  /**
   * Tries every trade price there can be, with each known tick size. What was refused its search
   * is not known not to be there.
   */
  search(
    group: HashGroup,
    states: readonly CandidateState[],
    maySearch: MaySearch,
  ): FoundPrice | "none" | "refused" {
    if (!this.hashes("last_trade_price")) return "none";
    const { hash, timestamp } = group;
    for (const state of states) {
      for (const { text: tickSize } of this.#tickSizes.list) {
        const isFine = FINE_TICKS.has(tickSize);
        if (!maySearch(isFine ? FINE_PRICES : PRICES)) return "refused";
        const tried = { ...this.#values, tickSize };
        const wanted = { hash, timestamp, recipe: this.#recipe!, values: tried };
        const lastTradePrice = searchPrice(state.book, wanted, { isFine });
        if (lastTradePrice === undefined) continue;
        const learned = this.#learn("last_trade_price", lastTradePrice, true);
        const values = { ...tried, lastTradePrice };
        const explanation = { verdict: "searched", values, leadMs: 0, state } as const;
        return { explanation, learned };
      }
    }
    return "none";
  }

  /** Tells the recipe from a book's hash; true if there is another one now. */
  detect(book: HashedBook, { hash, timestamp }: HashGroup, maySearch: MaySearch): boolean {
    const { tickSize, lastTradePrice } = this.#values;
    const known = {
      ...this.#static,
      ...(this.#tickSizes.list.length > 0 && { tickSize }),
      ...(this.#prices.list.length > 0 && { lastTradePrice }),
    };
    const found = detectRecipe(book, { hash, timestamp, known, maySearch });
    if (found !== undefined) this.use(found);
    return found !== undefined;
  }

  #priceOf(
    book: HashedBook,
    hash: string,
    timestamp: string,
    values: RecipeValues,
    prices: readonly string[],
  ): string | undefined {
    const recipe = this.#recipe!;
    if (this.hashes("last_trade_price")) {
      return findPrice(book, { hash, timestamp, recipe, values }, prices);
    }
    book.hash(timestamp, recipe, values, DIGEST);
    return isDigest(DIGEST, hash) ? values.lastTradePrice : undefined;
  }

  #verdictOf(
    group: HashGroup,
    state: CandidateState,
    { tickSize, lastTradePrice }: RecipeValues,
  ): Explanation["verdict"] {
    const later = [
      this.hashes("tick_size") ? this.#tickSizes.find(tickSize) : undefined,
      this.hashes("last_trade_price") ? this.#prices.find(lastTradePrice) : undefined,
    ].filter((value) => value !== undefined && value.serial > group.serial);
    if (later.some((value) => value?.isSearched)) return "searched";
    return later.length > 0 || state.row !== group.rows.at(-1) ? "late" : "matched";
  }

  #learn(field: LearnedValue["field"], text: string, isSearched = false): LearnedValue {
    const known = field === "tick_size" ? this.#tickSizes : this.#prices;
    this.#serial++;
    return { field, value: known.learn({ text, serial: this.#serial, isSearched }) };
  }

  #change(changed: Partial<RecipeValues>): void {
    const values = { ...this.#values, ...this.#static, ...changed };
    const isSame = VALUE_KEYS.every((key) => values[key] === this.#values[key]);
    // The very object is what tells a book that its tail is still the same.
    if (!isSame) this.#values = values;
  }
}

const VALUE_KEYS = ["minOrderSize", "tickSize", "negRisk", "lastTradePrice"] as const;

interface HashedTime {
  readonly timestamp: string;
  readonly leadMs: number;
}

/** The times that may have been hashed: the one on the wire first. */
function* hashedTimes({ timestamp, isBook }: HashGroup, recipe: Recipe): Generator<HashedTime> {
  yield { timestamp, leadMs: 0 };
  if (isBook) return;
  const wireMs = Number(timestamp);
  for (const leadMs of recipe.changeLeadsMs) yield { timestamp: String(wireMs - leadMs), leadMs };
}
