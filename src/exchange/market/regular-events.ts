import type { Random } from "../../ports/random.ts";
import { ONE } from "./decimal-text.ts";
import type { EventIdentity, Tag } from "./event-identity.ts";
import { type MarketIdentity, randomHash, randomTokenId } from "./market-identity.ts";
import { pick } from "./pick.ts";

/** A market to be, and where its price begins: YES, in ten-thousandths. */
export interface MarketPlan {
  readonly identity: MarketIdentity;
  readonly fairPrice: number;
}

const FIRST_EVENT_ID = 100_000;
const FIRST_MARKET_ID = 500_000;
const START_MS = Date.UTC(2026, 0, 1);
const END_MS = Date.UTC(2030, 11, 31);

/** Every third event has several markets, of which exactly one will resolve to Yes. */
const NEG_RISK_EVERY = 3;
const OPTIONS_MIN = 3;
const OPTIONS_MAX = 5;
/** Every seventh market is on its way to certainty, where the venue refines its tick. */
const DECIDED_EVERY = 7;
const OPTION_LETTERS = "ABCDE";
/** Most markets have the first of these. */
const MIN_ORDER_SIZES = ["5", "5", "5", "5", "5", "5", "5", "15", "1"];

const TAGS: readonly Tag[] = [
  { id: "2", label: "Politics", slug: "politics" },
  { id: "1", label: "Sports", slug: "sports" },
  { id: "21", label: "Crypto", slug: "crypto" },
  { id: "120", label: "Finance", slug: "finance" },
  { id: "596", label: "Culture", slug: "pop-culture" },
];

/**
 * The event at a position of the venue's list, counted from 0, with at most `room` markets;
 * `firstMarket` counts the markets of the events before it.
 */
export function regularEvent(
  position: number,
  firstMarket: number,
  room: number,
  random: Random,
): MarketPlan[] {
  const number = position + 1;
  const wanted = OPTIONS_MIN + Math.floor(random() * (OPTIONS_MAX - OPTIONS_MIN + 1));
  const negRisk = number % NEG_RISK_EVERY === 0 && room > 1;
  const options = negRisk ? Math.min(room, wanted) : 1;
  const tag = TAGS[position % TAGS.length];
  const event: EventIdentity = {
    id: String(FIRST_EVENT_ID + number),
    slug: negRisk ? `simulated-contest-${number}` : `simulated-event-${number}`,
    title: negRisk
      ? `Which option wins simulated contest ${number}?`
      : `Will simulated event ${number} happen?`,
    description: "A simulated event: its outcome is drawn, and nothing depends on it.",
    negRisk,
    negRiskMarketId: negRisk ? randomHash(random) : "",
    tags: tag === undefined ? [] : [tag],
    series: undefined,
  };
  const chances = Array.from({ length: options }, () => 0.2 + random());
  const sum = chances.reduce((total, chance) => total + chance, 0);
  return chances.map((chance, option) => {
    const marketNumber = firstMarket + option + 1;
    return {
      identity: regularMarket(event, marketNumber, negRisk ? option : undefined, random),
      fairPrice: negRisk ? (ONE * chance) / sum : freePrice(marketNumber, random),
    };
  });
}

function freePrice(number: number, random: Random): number {
  return number % DECIDED_EVERY === 0 ? ONE * 0.95 : ONE * (0.15 + 0.7 * random());
}

function regularMarket(
  event: EventIdentity,
  number: number,
  option: number | undefined,
  random: Random,
): MarketIdentity {
  const letter = option === undefined ? "" : (OPTION_LETTERS[option] ?? "");
  return {
    id: String(FIRST_MARKET_ID + number),
    market: randomHash(random),
    questionId: randomHash(random),
    slug: letter === "" ? event.slug : `${event.slug}-option-${letter.toLowerCase()}`,
    question: letter === "" ? event.title : `Will option ${letter} win ${event.slug}?`,
    description: event.description,
    groupItemTitle: letter === "" ? "" : `Option ${letter}`,
    gameStartTime: "",
    startMs: START_MS,
    endMs: END_MS,
    tokens: [
      { tokenId: randomTokenId(random), outcome: "Yes" },
      { tokenId: randomTokenId(random), outcome: "No" },
    ],
    minOrderSize: pick(random, MIN_ORDER_SIZES) ?? "5",
    event,
  };
}
