import { chunksOf } from "./chunks-of.ts";
import type { GammaClient, GammaQuery } from "./gamma-client.ts";
import { unexpected } from "./gamma-failure.ts";
import { type GammaMarket, parseEventMarkets } from "./gamma-market.ts";
import { marketPage } from "./gamma-page.ts";

/** Markets by name. */

/**
 * Fifty condition ids make a URL of 4 kB, half of what servers commonly accept; each names one
 * market, so that the same number is enough as `limit`, and below every maximum to which Gamma is
 * known to cut it.
 */
const NAMES_PER_REQUEST = 50;

/** What markets are found by, as Gamma calls it. */
export type MarketKey = "slug" | "condition_ids";

/**
 * The markets of these slugs or condition ids that are open, or those that are closed: Gamma
 * lists one kind at a time. Names that it does not know are left out. Throws `GAMMA_FAILED`.
 */
export async function findMarkets(
  gamma: GammaClient,
  key: MarketKey,
  names: readonly string[],
  { closed }: { readonly closed: boolean },
): Promise<GammaMarket[]> {
  const found: GammaMarket[] = [];
  for (const chunk of chunksOf(names, NAMES_PER_REQUEST)) {
    const query: GammaQuery = { limit: NAMES_PER_REQUEST, closed, [key]: chunk };
    const { markets } = await marketPage(gamma, query);
    // There are two reports of what `closed` does, so the answer is not taken for it.
    found.push(...markets.filter((market) => market.closed === closed));
  }
  return found;
}

/** All markets of an event, open or not; `undefined` without such an event. Throws `GAMMA_FAILED`. */
export async function findEventMarkets(
  gamma: GammaClient,
  slug: string,
): Promise<GammaMarket[] | undefined> {
  const event = await gamma.find(`/events/slug/${encodeURIComponent(slug)}`);
  if (event === undefined) return undefined;
  const markets = parseEventMarkets(event);
  if (markets === undefined) throw unexpected("/events/slug");
  return markets;
}
