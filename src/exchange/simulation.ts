import { type Random, seededRandom } from "../ports/random.ts";
import { openingBook } from "./market-elements.ts";
import type { TokenIndex } from "./mirrored-book.ts";
import { SimulatedMarket } from "./simulated-market.ts";

export interface SimulationOptions {
  /** Number of markets; 0 is a venue that knows no token. */
  readonly markets: number;
  readonly seed: number;
  /** Epoch milliseconds before the first step. */
  readonly startMs: number;
}

export interface SimulatedMessage {
  readonly text: string;
  /** Who is concerned: a socket gets the message once if it subscribed to any of these. */
  readonly tokenIds: readonly string[];
}

/** A market and which of its tokens an id names. */
export interface TokenPlace {
  readonly market: SimulatedMarket;
  readonly token: TokenIndex;
}

const SEED_RANGE = 0x1_0000_0000;

/**
 * The venue without its sockets: pure, and the same messages for the same seed and the same
 * times. Each market draws from a generator of its own, seeded in turn, so that a market does
 * not depend on how many others there are.
 */
export class Simulation {
  readonly markets: readonly SimulatedMarket[];
  readonly #random: Random;
  readonly #places = new Map<string, TokenPlace>();

  constructor(options: SimulationOptions) {
    const seeds = seededRandom(options.seed);
    this.#random = seededRandom(Math.floor(seeds() * SEED_RANGE));
    this.markets = Array.from({ length: options.markets }, (_, position) => {
      const random = seededRandom(Math.floor(seeds() * SEED_RANGE));
      return new SimulatedMarket(position, random, options.startMs);
    });
    for (const market of this.markets) {
      this.#places.set(market.identity.tokens[0].tokenId, { market, token: 0 });
      this.#places.set(market.identity.tokens[1].tokenId, { market, token: 1 });
    }
  }

  find(tokenId: string): TokenPlace | undefined {
    return this.#places.get(tokenId);
  }

  /** The reply to a subscription: one array with the book of each known token, and a newline. */
  openingBooks(tokenIds: readonly string[]): string {
    const books = tokenIds.flatMap((tokenId) => {
      const place = this.#places.get(tokenId);
      return place === undefined ? [] : [openingBook(place.market, place.token)];
    });
    return `${JSON.stringify(books)}\n`;
  }

  /**
   * One change in one market, some markets being busier than others: a price_change first, then
   * what it brought about. Messages about tokens that are not wanted are not written; the books
   * move on all the same.
   */
  step(nowMs: number, isWanted: (tokenId: string) => boolean = () => true): SimulatedMessage[] {
    const draw = this.#random();
    const market = this.markets[Math.floor(draw * draw * this.markets.length)];
    const messages: SimulatedMessage[] = [];
    market?.step(nowMs, (tokens, element) => {
      const tokenIds = tokens.map((token) => market.identity.tokens[token].tokenId);
      if (tokenIds.some(isWanted)) {
        messages.push({ text: JSON.stringify(element()), tokenIds });
      }
    });
    return messages;
  }
}
