import type { GammaClient } from "./gamma-client.ts";
import { unexpected } from "./gamma-failure.ts";
import { findMarkets } from "./gamma-lookup.ts";
import { type GammaMarket, parseGammaMarket } from "./gamma-market.ts";
import { isRecord } from "./json-value.ts";

/** Of each kind on a page, as far as Gamma goes. */
const EVENTS_MAX = 50;

export interface FoundMarkets {
  /** Open ones, the best fit first. */
  readonly markets: readonly GammaMarket[];
  /** More events fit the words than are listed. */
  readonly hasMore: boolean;
}

/** The open markets of the fifty events that fit these words best. Throws `GAMMA_FAILED`. */
export async function searchMarkets(gamma: GammaClient, words: string): Promise<FoundMarkets> {
  const query = { q: words, events_status: "active", limit_per_type: EVENTS_MAX };
  const answer = await gamma.get("/public-search", query);
  // Where nothing was found the key is missing.
  const events = isRecord(answer) ? (answer.events ?? []) : undefined;
  if (!isRecord(answer) || !Array.isArray(events)) throw unexpected("/public-search");
  const items = events.filter(isRecord).flatMap(({ slug, markets }) => {
    return Array.isArray(markets)
      ? markets.filter(isRecord).map((item) => ({ ...item, events: [{ slug }] }))
      : [];
  });
  const { pagination } = answer;
  return {
    markets: await withTokens(gamma, items),
    hasMore: isRecord(pagination) && pagination.hasMore === true,
  };
}

/** A search may leave out the tokens of its markets (documented); they are looked up. */
async function withTokens(
  gamma: GammaClient,
  items: readonly Record<string, unknown>[],
): Promise<GammaMarket[]> {
  const open = items.filter(({ closed }) => closed !== true);
  const whole = open.filter(({ clobTokenIds }) => clobTokenIds !== undefined);
  const bare = open.filter(({ clobTokenIds }) => clobTokenIds === undefined);
  const ids = bare.map(({ conditionId }) => conditionId).filter((id) => typeof id === "string");
  const markets = [
    ...whole.map(parseGammaMarket).filter((market) => market !== undefined),
    ...(await findMarkets(gamma, "condition_ids", ids, { closed: false })),
  ];
  const places = new Map(open.map(({ conditionId }, place) => [conditionId, place]));
  const placeOf = ({ conditionId }: GammaMarket) => places.get(conditionId) ?? open.length;
  return markets.sort((a, b) => placeOf(a) - placeOf(b));
}
