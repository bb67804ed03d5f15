import type { WireBook, WirePriceChange } from "../../polymarket/messages.ts";
import type { Random } from "../../ports/random.ts";
import type { Conditions } from "./conditions.ts";
import { Firehose } from "./firehose.ts";
import { openingBook } from "./market-elements.ts";
import { type MarketProfile, marketProfile, SERIES_PROFILE } from "./market-profile.ts";
import type { TokenIndex } from "./mirrored-book.ts";
import { changesPerSecond, participants } from "./participants.ts";
import { regularEvent } from "./regular-events.ts";
import { RollingSeries } from "./rolling-series.ts";
import { randomOf } from "./seeded.ts";
import type { SimulatedEvent } from "./simulated-event.ts";
import { SimulatedMarket } from "./simulated-market.ts";
import type { Venue } from "./venue.ts";

export interface SimulationOptions {
  /** Number of markets that stay; 0 is possible. */
  readonly markets: number;
  /** Number of rolling series, at most `SERIES_MAX`. */
  readonly series: number;
  /** Seconds of a window of a series. */
  readonly windowS: number;
  /** Changes a second over all markets, in the mean; 0 keeps the books as they are. */
  readonly rate: number;
  readonly seed: number;
  /** Of the markets that stay; drawn as observed unless told. */
  readonly profile?: ((random: Random) => MarketProfile) | undefined;
}

/** A market and which of its tokens an id names. */
export interface TokenPlace {
  readonly market: SimulatedMarket;
  readonly token: TokenIndex;
}

/** So many settled events are still listed. */
const SETTLED_MAX = 50;

/**
 * The venue without its sockets: its events and markets, and what happens in them. The same seed
 * tells the same story, and each market draws from a generator of its own.
 */
export class Simulation {
  readonly conditions: Conditions;
  readonly #venue: Venue;
  readonly #options: SimulationOptions;
  readonly #events: SimulatedEvent[] = [];
  readonly #places = new Map<string, TokenPlace>();
  readonly #markets = new Map<string, SimulatedMarket>();

  constructor(options: SimulationOptions, venue: Venue) {
    this.#options = options;
    this.#venue = venue;
    this.conditions = venue.conditions;
    this.#addRegular();
    const activity = { perSecond: options.rate, weights: this.#weights };
    if (options.rate > 0) this.#bringToLife(activity);
    for (let position = 0; position < options.series; position += 1) {
      new RollingSeries({
        position,
        seed: options.seed,
        windowS: options.windowS,
        activity,
        venue,
        onOpen: (market) => this.#add([market]),
        onSettled: (market) => this.#settle(market),
      }).start();
    }
  }

  /** How far its clock was set. */
  get clockStepMs(): number {
    return this.conditions.clockStepMs;
  }

  /** All that Gamma lists: present events in the order they came, then settled ones. */
  get events(): readonly SimulatedEvent[] {
    return this.#events;
  }

  /** Every listed market. */
  get markets(): readonly SimulatedMarket[] {
    return [...this.#markets.values()];
  }

  /** A token that has a book. */
  find(tokenId: string): TokenPlace | undefined {
    const place = this.#places.get(tokenId);
    return place?.market.phase === "settled" ? undefined : place;
  }

  /** A listed market by its condition id. */
  findMarket(conditionId: string): SimulatedMarket | undefined {
    return this.#markets.get(conditionId);
  }

  /** A token's book as a subscription gets it; `undefined` without one. */
  openingBook(tokenId: string): WireBook | undefined {
    const place = this.find(tokenId);
    if (place === undefined) return undefined;
    return openingBook(place.market, place.token, this.conditions.recipe);
  }

  /** A change of a token's market that its present book has already, if one was just said. */
  staleChange(tokenId: string): WirePriceChange | undefined {
    return this.find(tokenId)?.market.staleChange();
  }

  get #weights(): number {
    const regular = this.markets.reduce((sum, { profile }) => sum + profile.weight, 0);
    return regular + this.#options.series * SERIES_PROFILE.weight;
  }

  #addRegular(): void {
    const { markets, seed } = this.#options;
    for (let event = 0; this.#markets.size < markets; event += 1) {
      const room = markets - this.#markets.size;
      const plans = regularEvent(event, this.#markets.size, room, randomOf(seed, `event ${event}`));
      this.#add(
        plans.map(({ identity, fairPrice }, i) => {
          const random = randomOf(seed, identity.market);
          // Somebody has to bring about the rate that was asked for.
          const isFirst = this.#markets.size + i === 0;
          const profile = this.#options.profile?.(random) ?? marketProfile(random, !isFirst);
          const options = { identity, profile, fairPrice, hasTraded: true, random };
          return new SimulatedMarket(options, this.#venue);
        }),
      );
    }
  }

  #bringToLife(activity: { readonly perSecond: number; readonly weights: number }): void {
    for (const market of this.#markets.values()) {
      market.join(participants(changesPerSecond(market.profile, activity), market.random));
    }
    new Firehose(randomOf(this.#options.seed, "firehose"), this.#venue).start();
  }

  /** The markets of one event. */
  #add(markets: readonly SimulatedMarket[]): void {
    const [first] = markets;
    if (first === undefined) return;
    this.#events.push({ identity: first.identity.event, markets });
    for (const market of markets) {
      this.#markets.set(market.identity.market, market);
      for (const token of [0, 1] as const) {
        this.#places.set(market.identity.tokens[token].tokenId, { market, token });
      }
    }
  }

  /** A settled event stays listed for a while. */
  #settle({ identity }: SimulatedMarket): void {
    const tokenIds = identity.tokens.map(({ tokenId }) => tokenId);
    for (const tokenId of tokenIds) this.#places.delete(tokenId);
    this.#venue.audience.settled(tokenIds);
    const settled = this.#events.filter(({ markets }) => markets[0]?.phase === "settled");
    if (settled.length <= SETTLED_MAX) return;
    const oldest = settled[0];
    this.#events.splice(this.#events.indexOf(oldest as SimulatedEvent), 1);
    for (const { identity } of oldest?.markets ?? []) this.#markets.delete(identity.market);
  }
}
