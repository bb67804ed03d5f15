import { timeText, withoutSpace } from "../date-text.ts";
import { ONE } from "../market/decimal-text.ts";
import { FEES } from "../market/fees.ts";
import type { TokenIndex } from "../market/mirrored-book.ts";
import { invalidMarket, marketNotFound } from "./clob-refusal.ts";
import type { MarketView } from "./listed-venue.ts";
import { openedMs, REWARDS } from "./market-terms.ts";
import { tokenPrice } from "./middle-price.ts";
import type { Call } from "./route-table.ts";
import { marketOf } from "./token-query.ts";

const CONDITION_ID = /^0x[0-9a-f]{64}$/i;

/** `GET /markets/{condition id}`; keys in the venue's order, which is that of the alphabet. */
export function clobMarket(call: Call) {
  const market = listedMarket(call);
  const { identity, phase } = market;
  const { event, gameStartTime } = identity;
  return {
    accepting_order_timestamp: timeText(openedMs(identity)),
    accepting_orders: phase === "open",
    active: true,
    archived: false,
    closed: phase === "settled",
    condition_id: identity.market,
    description: identity.description,
    enable_order_book: phase !== "settled",
    end_date_iso: timeText(identity.endMs),
    fpmm: "",
    game_start_time: gameStartTime === "" ? null : withoutSpace(gameStartTime),
    icon: "",
    image: "",
    is_50_50_outcome: false,
    maker_base_fee: FEES.baseBps,
    market_slug: identity.slug,
    minimum_order_size: Number(identity.minOrderSize),
    minimum_tick_size: market.tickSize / ONE,
    neg_risk: event.negRisk,
    neg_risk_market_id: event.negRiskMarketId,
    neg_risk_request_id: "",
    notifications_enabled: true,
    question: identity.question,
    question_id: identity.questionId,
    rewards: { max_spread: REWARDS.maxSpread, min_size: REWARDS.minSize, rates: [] },
    seconds_delay: 0,
    tags: event.tags.map(({ label }) => label),
    taker_base_fee: FEES.baseBps,
    tokens: identity.tokens.map(({ tokenId, outcome }, token) => ({
      outcome,
      price: tokenPrice(market, token as TokenIndex),
      token_id: tokenId,
      winner: phase === "settled" && market.winner === token,
    })),
  };
}

/** `GET /clob-markets/{condition id}`: the same, short. */
export function compactMarket(call: Call) {
  const market = listedMarket(call);
  const { identity, phase } = market;
  return {
    // `moas`, `cbos` and `ibce` are undocumented; they stand as in a recorded answer.
    r: { mi: REWARDS.minSize, ma: REWARDS.maxSpread, moas: 4 },
    t: identity.tokens.map(({ tokenId, outcome }) => ({ t: tokenId, o: outcome })),
    c: identity.market,
    mos: Number(identity.minOrderSize),
    mts: market.tickSize / ONE,
    mbf: FEES.baseBps,
    tbf: FEES.baseBps,
    ao: phase === "open",
    nr: identity.event.negRisk,
    cbos: true,
    aot: timeText(openedMs(identity)),
    ibce: true,
    fd: { r: FEES.rate, e: FEES.exponent, to: FEES.takerOnly },
  };
}

/** `GET /markets-by-token/{token id}`. */
export function marketByToken({ venue, name }: Call) {
  const { market, tokens } = marketOf(venue, name).identity;
  return {
    condition_id: market,
    primary_token_id: tokens[0]?.tokenId,
    secondary_token_id: tokens[1]?.tokenId,
  };
}

/** `GET /tick-size`. */
export function tickSize({ venue, query }: Call) {
  return { minimum_tick_size: marketOf(venue, query.get("token_id")).tickSize / ONE };
}

/** `GET /neg-risk`. */
export function negRisk({ venue, query }: Call) {
  return { neg_risk: marketOf(venue, query.get("token_id")).identity.event.negRisk };
}

function listedMarket({ venue, name }: Call): MarketView {
  if (!CONDITION_ID.test(name)) throw invalidMarket();
  const market = venue.findMarket(name.toLowerCase());
  if (market === undefined) throw marketNotFound();
  return market;
}
