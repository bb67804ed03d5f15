/**
 * How often the venue does what nobody documents (docs/PROTOCOL.md, "Traps"): probabilities,
 * each for one occasion of its kind.
 */
export interface Oddities {
  /** A price change is sent twice, 0-6 ms apart, half of the time with its entries swapped. */
  readonly duplicate: number;
  /** The changes of one action share the hash and the best prices of the last. */
  readonly sharedHash: number;
  /** A hash already knows the next change of the book. */
  readonly lateHash: number;
  /** The hashes know a trade's price, or a new tick size, before it is announced. */
  readonly earlyRecipe: number;
  /** An opening book is followed by a change that was stamped before it and is in it. */
  readonly staleChange: number;
  /** A `best_bid_ask` is left out. */
  readonly missingBest: number;
  /** A `best_bid_ask` names the best prices of before. */
  readonly wrongBest: number;
  /** A `best_bid_ask` comes before the price change that caused it. */
  readonly earlyBest: number;
  /** Neighbouring messages come as one array. */
  readonly mixedArray: number;
  /** Changes of a group come as one message instead of one each. */
  readonly joinedChanges: number;
  /** A resolved market is not announced. */
  readonly missingResolved: number;
  /** A `new_market` is sent again: up to 150 times in all. */
  readonly repeatedNewMarket: number;
  /** A book of REST is a moment older than the stream. */
  readonly laggingRest: number;
}

/** As published observations and recordings have them, where they give a figure. */
const OBSERVED: Oddities = {
  duplicate: 0.004,
  sharedHash: 0.85,
  lateHash: 0.003,
  earlyRecipe: 1,
  staleChange: 0.05,
  missingBest: 0.3,
  wrongBest: 0.02,
  earlyBest: 0.3,
  mixedArray: 0.004,
  joinedChanges: 0.1,
  missingResolved: 0.2,
  repeatedNewMarket: 0.95,
  laggingRest: 0.85,
};

/** Even a wild venue mostly says what is so. */
const WILD_MAX = 0.5;

/** The observed oddities `factor` times as often: 0 is a venue without any, 1 the live one. */
export function odditiesTimes(factor: number): Oddities {
  const scaled = Object.entries(OBSERVED).map(([name, rate]) => [
    name,
    Math.min(rate * factor, Math.max(rate, WILD_MAX)),
  ]);
  return Object.fromEntries(scaled) as Oddities;
}
