import { bookSummary } from "./book-summary.ts";
import { ONE } from "./decimal-text.ts";
import type { SimulatedMarket } from "./simulated-market.ts";
import type { Simulation } from "./simulation.ts";

const MARKETS_PREFIX = "/markets/";
const MS_PER_SECOND = 1_000;

function error(status: number, text: string): Response {
  return Response.json({ error: text }, { status });
}

function bookAnswer(simulation: Simulation, query: URLSearchParams): Response {
  const place = simulation.find(query.get("token_id") ?? "");
  return place === undefined
    ? error(404, "No orderbook exists for the requested token id")
    : Response.json(bookSummary(place.market, place.token));
}

function clobMarket(market: SimulatedMarket) {
  const { identity } = market;
  const prices = [market.fairPrice / ONE, (ONE - market.fairPrice) / ONE];
  return {
    accepting_orders: true,
    active: true,
    archived: false,
    closed: false,
    condition_id: identity.market,
    enable_order_book: true,
    end_date_iso: identity.endDate,
    market_slug: identity.slug,
    minimum_order_size: Number(identity.minOrderSize),
    minimum_tick_size: market.tickSize / ONE,
    neg_risk: identity.negRisk,
    question: identity.question,
    tokens: identity.tokens.map(({ tokenId, outcome }, index) => ({
      outcome,
      price: prices[index],
      token_id: tokenId,
      winner: false,
    })),
  };
}

function marketAnswer(simulation: Simulation, conditionId: string): Response {
  const market = simulation.markets.find(({ identity }) => identity.market === conditionId);
  return market === undefined ? error(404, "market not found") : Response.json(clobMarket(market));
}

/** The CLOB's REST service; undefined for a path that it does not have. */
export function clobAnswer(simulation: Simulation, url: URL, nowMs: number): Response | undefined {
  if (url.pathname === "/book") {
    return bookAnswer(simulation, url.searchParams);
  }
  if (url.pathname === "/time") {
    return Response.json(Math.floor(nowMs / MS_PER_SECOND));
  }
  return url.pathname.startsWith(MARKETS_PREFIX)
    ? marketAnswer(simulation, url.pathname.slice(MARKETS_PREFIX.length))
    : undefined;
}
