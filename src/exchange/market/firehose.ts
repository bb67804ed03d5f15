import type { Random } from "../../ports/random.ts";
import { spacedTimeText } from "../date-text.ts";
import { newMarket } from "./market-elements.ts";
import { type MarketIdentity, randomHash, randomTokenId } from "./market-identity.ts";
import { spreadNews } from "./new-market-news.ts";
import { exponential } from "./normal.ts";
import { stampOf, type Venue } from "./venue.ts";

const MEAN_MS = 60_000;
const SPORTS_SHARE = 0.6;
const NO_EVENT_SHARE = 0.2;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const ID_RANGE = 10_000_000;
const CENT_TICK = 100;

/**
 * New markets elsewhere on the venue: every client with custom features hears of them, though
 * this exchange does not trade them.
 */
export class Firehose {
  readonly #random: Random;
  readonly #venue: Venue;

  constructor(random: Random, venue: Venue) {
    this.#random = random;
    this.#venue = venue;
  }

  start(): void {
    this.#venue.agenda.after(exponential(this.#random, MEAN_MS), () => {
      const identity = elsewhere(this.#venue.agenda.nowMs, this.#random);
      const element = newMarket(identity, CENT_TICK, stampOf(this.#venue));
      if (this.#random() < NO_EVENT_SHARE) element.event_message = null;
      spreadNews(element, this.#random, this.#venue);
      this.start();
    });
  }
}

function elsewhere(nowMs: number, random: Random): MarketIdentity {
  const number = Math.floor(random() * ID_RANGE);
  const isSports = random() < SPORTS_SHARE;
  // Games begin at whole hours.
  const startMs = Math.ceil((nowMs + DAY_MS) / HOUR_MS) * HOUR_MS;
  const slug = `elsewhere-${number}`;
  const title = isSports ? `Home ${number} vs. Away ${number}` : `Will it happen elsewhere?`;
  const description = "A market that this exchange does not trade.";
  return {
    id: String(number),
    market: randomHash(random),
    questionId: randomHash(random),
    slug,
    question: title,
    description,
    groupItemTitle: "",
    gameStartTime: isSports ? spacedTimeText(startMs) : "",
    startMs,
    endMs: startMs + DAY_MS,
    tokens: [
      { tokenId: randomTokenId(random), outcome: "Yes" },
      { tokenId: randomTokenId(random), outcome: "No" },
    ],
    minOrderSize: "5",
    event: {
      id: String(Math.floor(random() * ID_RANGE)),
      slug,
      title,
      description,
      negRisk: false,
      negRiskMarketId: "",
      tags: [isSports ? SPORTS : NEWS],
      series: undefined,
    },
  };
}

const SPORTS = { id: "1", label: "Sports", slug: "sports" };
const NEWS = { id: "101", label: "News", slug: "news" };
