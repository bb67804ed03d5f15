import type { Random } from "../../ports/random.ts";
import { ONE } from "./decimal-text.ts";
import type { EventIdentity, SeriesIdentity, Tag } from "./event-identity.ts";
import { type MarketIdentity, randomHash, randomTokenId } from "./market-identity.ts";
import { SERIES_PROFILE } from "./market-profile.ts";
import { changesPerSecond, participants } from "./participants.ts";
import { randomOf } from "./seeded.ts";
import { SimulatedMarket } from "./simulated-market.ts";
import type { Venue } from "./venue.ts";

/** What series there are: an asset whose price goes up or down. */
const ASSETS = [
  { symbol: "btc", name: "Bitcoin" },
  { symbol: "eth", name: "Ethereum" },
  { symbol: "sol", name: "Solana" },
  { symbol: "xrp", name: "XRP" },
] as const;

export const SERIES_MAX = ASSETS.length;

const WINDOWS_AHEAD = 2;
/** A market that has not opened has a book already, and little happens in it. */
const BEFORE_SHARE = 0.02;
/** In the last part of a window the outcome shows. */
const DECIDED_SHARE = 0.7;
/** The venue resolved a five-minute market so long after its end: half a window. */
const RESOLVED_SHARE = 0.5;
const MS_PER_SECOND = 1_000;
const SECONDS_PER_MINUTE = 60;
const SECONDS_PER_HOUR = 3_600;
const FIRST_SERIES_ID = 10_001;

export interface SeriesOptions {
  /** Position in the list of series, from 0. */
  readonly position: number;
  readonly seed: number;
  /** Seconds from one window to the next. */
  readonly windowS: number;
  readonly activity: { readonly perSecond: number; readonly weights: number };
  readonly venue: Venue;
  onOpen(market: SimulatedMarket): void;
  onSettled(market: SimulatedMarket): void;
}

/**
 * Markets that follow one another, such as "Bitcoin up or down" every five minutes: each is
 * announced two windows ahead, trades, ends, loses its orders, and is resolved a while later.
 * The same seed gives the same tokens for the same window, whenever the exchange started.
 */
export class RollingSeries {
  readonly identity: SeriesIdentity;
  readonly #options: SeriesOptions;
  readonly #asset: (typeof ASSETS)[number];
  readonly #windowMs: number;
  readonly #label: string;

  constructor(options: SeriesOptions) {
    this.#options = options;
    this.#windowMs = options.windowS * MS_PER_SECOND;
    this.#asset = ASSETS[options.position % ASSETS.length] ?? ASSETS[0];
    this.#label = windowLabel(options.windowS);
    this.identity = {
      id: String(FIRST_SERIES_ID + options.position),
      slug: `${this.#asset.symbol}-up-or-down-${this.#label}`,
      title: `${this.#asset.name} Up or Down ${this.#label}`,
      recurrence: this.#label,
    };
  }

  /** Opens the present window and those ahead, and goes on from there. */
  start(): void {
    const { agenda } = this.#options.venue;
    const present = Math.floor(agenda.nowMs / this.#windowMs) * this.#windowMs;
    for (let ahead = 0; ahead <= WINDOWS_AHEAD; ahead += 1) {
      this.#open(present + ahead * this.#windowMs, { isNews: false });
    }
    agenda.at(present + this.#windowMs, () => this.#next(present + this.#windowMs));
  }

  #next(startMs: number): void {
    this.#open(startMs + WINDOWS_AHEAD * this.#windowMs, { isNews: true });
    const nextMs = startMs + this.#windowMs;
    this.#options.venue.agenda.at(nextMs, () => this.#next(nextMs));
  }

  #open(startMs: number, { isNews }: { readonly isNews: boolean }): void {
    const { venue, seed, activity } = this.#options;
    const random = randomOf(seed, `${this.identity.slug}/${startMs}`);
    const identity = this.#market(startMs, random);
    const profile = SERIES_PROFILE;
    const options = { identity, profile, fairPrice: ONE / 2, hasTraded: false, random };
    const market = new SimulatedMarket(options, venue);
    this.#options.onOpen(market);
    if (isNews) market.announce();
    const perSecond = changesPerSecond(profile, activity);
    const at = (share: number, run: () => void) =>
      venue.agenda.at(startMs + share * this.#windowMs, run);
    if (perSecond > 0) {
      market.join(participants(perSecond * BEFORE_SHARE, random));
      at(0, () => market.join(participants(perSecond, random)));
    }
    at(DECIDED_SHARE, () => market.fair.decide());
    at(1, () => market.end());
    at(1 + RESOLVED_SHARE, () => {
      market.settle();
      this.#options.onSettled(market);
    });
  }

  #market(startMs: number, random: Random): MarketIdentity {
    const startS = startMs / MS_PER_SECOND;
    // Ascending from window to window, and different for each series.
    const id = String((startMs / this.#windowMs) * SERIES_MAX + this.#options.position);
    const slug = `${this.#asset.symbol}-updown-${this.#label}-${startS}`;
    const title = `${this.identity.title} - window of ${new Date(startMs).toISOString()}`;
    const description = "A simulated series: which way it goes is drawn.";
    const event: EventIdentity = {
      id,
      slug,
      title,
      description,
      negRisk: false,
      negRiskMarketId: "",
      tags: this.#tags(),
      series: this.identity,
    };
    return {
      id,
      market: randomHash(random),
      questionId: randomHash(random),
      slug,
      question: title,
      description,
      groupItemTitle: "",
      gameStartTime: "",
      startMs,
      endMs: startMs + this.#windowMs,
      tokens: [
        { tokenId: randomTokenId(random), outcome: "Up" },
        { tokenId: randomTokenId(random), outcome: "Down" },
      ],
      minOrderSize: "5",
      event,
    };
  }

  #tags(): Tag[] {
    return [
      { id: "21", label: "Crypto", slug: "crypto" },
      { id: "102127", label: "Up or Down", slug: "up-or-down" },
      { id: "101757", label: "Recurring", slug: "recurring" },
      { id: "102892", label: this.#label.toUpperCase(), slug: this.#label },
    ];
  }
}

/** As in the venue's slugs: `5m`, `15m`, `4h`. */
function windowLabel(windowS: number): string {
  if (windowS % SECONDS_PER_HOUR === 0) return `${windowS / SECONDS_PER_HOUR}h`;
  return windowS % SECONDS_PER_MINUTE === 0 ? `${windowS / SECONDS_PER_MINUTE}m` : `${windowS}s`;
}
