import { ONE } from "./decimal-text.ts";
import type { SimulatedMarket } from "./simulated-market.ts";
import type { Simulation } from "./simulation.ts";

/** Gamma's part of the exchange's paths: both REST services own `/markets`. */
export const GAMMA_PREFIX = "/gamma";

const LIMIT_MAX = 500;

/** Gamma writes lists as strings of JSON, with a space after each comma. */
function listText(values: readonly string[]): string {
  return `[${values.map((value) => JSON.stringify(value)).join(", ")}]`;
}

function gammaMarket(market: SimulatedMarket) {
  const { identity } = market;
  return {
    id: identity.id,
    question: identity.question,
    conditionId: identity.market,
    slug: identity.slug,
    endDate: identity.endDate,
    outcomes: listText(identity.tokens.map(({ outcome }) => outcome)),
    clobTokenIds: listText(identity.tokens.map(({ tokenId }) => tokenId)),
    active: true,
    closed: false,
    acceptingOrders: true,
    enableOrderBook: true,
    orderPriceMinTickSize: market.tickSize / ONE,
    orderMinSize: Number(identity.minOrderSize),
    negRisk: identity.negRisk,
  };
}

/** A filter that is not given lets everything pass. */
function passes(values: readonly string[], wanted: readonly string[]): boolean {
  return wanted.length === 0 || values.some((value) => wanted.includes(value));
}

/** A whole number of the query; what is no number counts as not given. */
function count(query: URLSearchParams, name: string, otherwise: number): number {
  const text = query.get(name) ?? "";
  return /^\d+$/.test(text) ? Number(text) : otherwise;
}

/** The Gamma REST service; undefined for a path that it does not have. */
export function gammaAnswer(simulation: Simulation, url: URL): Response | undefined {
  if (url.pathname !== `${GAMMA_PREFIX}/markets`) {
    return undefined;
  }
  const query = url.searchParams;
  const tokenIds = query.getAll("clob_token_ids");
  const conditionIds = query.getAll("condition_ids");
  const slugs = query.getAll("slug");
  const offset = count(query, "offset", 0);
  const limit = Math.min(LIMIT_MAX, count(query, "limit", LIMIT_MAX));
  const markets = simulation.markets.filter(
    ({ identity }) =>
      passes([identity.tokens[0].tokenId, identity.tokens[1].tokenId], tokenIds) &&
      passes([identity.market], conditionIds) &&
      passes([identity.slug], slugs),
  );
  return Response.json(markets.slice(offset, offset + limit).map(gammaMarket));
}
