import { isDigest } from "../format/hash-text.ts";
import type { HashedBook } from "./hashed-book.ts";
import type { Recipe, RecipeValues } from "./recipes.ts";
import { tailText } from "./recipes.ts";

/** A hash, and what is known of its making. */
export interface WantedHash {
  /** Forty hex digits. */
  readonly hash: string;
  readonly timestamp: string;
  readonly recipe: Recipe;
  /** The last trade price of these is not looked at. */
  readonly values: RecipeValues;
}

/** Bun's smallest buffer for a digest of a state that is kept. */
const DIGEST = new Uint8Array(64);

/** No price has it, and no escaping changes it. */
const HOLE = "?price?";

/** Thousandths in a dollar. */
const THOUSAND = 1000;
const FINE = 10;

/** So many prices a search tries, and at fine ticks. */
export const PRICES = THOUSAND + 1;
export const FINE_PRICES = THOUSAND * FINE + 1;

/** Asked before so many prices are tried, which takes half a microsecond each. */
export type MaySearch = (candidates: number) => boolean;

/**
 * The first of `prices` that gives the hash as `last_trade_price`. Everything before the price is
 * hashed once; a price more costs 0.4 us, not the 2 us of a book of a hundred levels.
 */
export function findPrice(
  book: HashedBook,
  wanted: WantedHash,
  prices: Iterable<string>,
): string | undefined {
  const { hash, timestamp, recipe, values } = wanted;
  const tail = tailText(recipe, { ...values, lastTradePrice: HOLE });
  const [before = "", after] = tail.split(HOLE);
  const hasher = book.hasher(timestamp, recipe);
  hasher.update(before);
  if (after === undefined) return undefined;
  for (const price of prices) {
    const candidate = hasher.copy();
    candidate.update(price + after);
    candidate.digest(DIGEST);
    if (isDigest(DIGEST, hash)) return price;
  }
  return undefined;
}

/**
 * Every price that a trade can have, as the hash spells it: the 1,001 whole thousandths and, if
 * `isFine`, the 9,000 ten-thousandths between them. First those near `hint` and near its mirror,
 * since the trade may be of the market's other token, and is mostly near the touch.
 */
export function* tradePrices(hint: number, isFine: boolean): Generator<string> {
  const units = isFine ? THOUSAND * FINE : THOUSAND;
  const middle = Math.round(Math.min(1, Math.max(0, hint || 0)) * units);
  const places = isFine ? 4 : 3;
  const given = new Uint8Array(units + 1);
  for (let distance = 0; distance <= units; distance++) {
    for (const unit of [
      middle - distance,
      middle + distance,
      units - middle - distance,
      units - middle + distance,
    ]) {
      if (unit < 0 || unit > units || given[unit] === 1) continue;
      given[unit] = 1;
      const text = (unit / units).toFixed(places);
      // Three decimals at least, and a fourth only where it says something.
      yield isFine && unit % FINE === 0 ? text.slice(0, -1) : text;
    }
  }
}

/** The price, found by trying them all: at most 0.5 ms, ten times that if `isFine`. */
export function searchPrice(
  book: HashedBook,
  wanted: WantedHash,
  { isFine = false } = {},
): string | undefined {
  // An empty side's best is 0 or 1: then the other one's is nearer.
  const [bid, ask] = [Number(book.bestBid), Number(book.bestAsk)];
  const hint = bid === 0 ? ask : bid;
  return findPrice(book, wanted, tradePrices(hint, isFine));
}
