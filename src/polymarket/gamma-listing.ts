import type { GammaClient } from "./gamma-client.ts";
import { unexpected } from "./gamma-failure.ts";
import type { GammaMarket } from "./gamma-market.ts";
import { marketPage } from "./gamma-page.ts";
import { isRecord } from "./json-value.ts";

/** Open markets, page by page. */

/** Gamma cuts what is more without a word. */
const PAGE_LIMIT = 100;
/** Three times the whole venue; only a listing without an end has more. */
const PAGES_MAX = 5_000;

export interface MarketListing {
  /** Those with the most traded in 24 hours first. */
  readonly markets: readonly GammaMarket[];
  /** There are more than were asked for. */
  readonly hasMore: boolean;
}

/**
 * The `max` open markets in which most was traded in 24 hours, of a tag or of all. Throws
 * `GAMMA_FAILED`, whatever pages came before.
 */
export async function listOpenMarkets(
  gamma: GammaClient,
  max: number,
  tagId?: string,
): Promise<MarketListing> {
  const filter = {
    closed: false,
    order: "volume24hr",
    ascending: false,
    limit: PAGE_LIMIT,
    ...(tagId !== undefined && { tag_id: tagId }),
  };
  const found = new Map<string, GammaMarket>();
  let cursor: string | undefined;
  for (let pages = 0; pages < PAGES_MAX && found.size <= max; pages++) {
    const page = await marketPage(gamma, {
      ...filter,
      ...(cursor !== undefined && { after_cursor: cursor }),
    });
    // Volumes move while pages are read, so that a market may come twice.
    for (const market of page.markets) if (!market.closed) found.set(market.conditionId, market);
    // A page that is shorter than its limit says nothing: only a missing cursor is the end.
    cursor = page.nextCursor;
    if (cursor === undefined) break;
  }
  return { markets: [...found.values()].slice(0, max), hasMore: found.size > max };
}

/** Gamma's number of a tag; `undefined` without such a tag. Throws `GAMMA_FAILED`. */
export async function findTagId(gamma: GammaClient, slug: string): Promise<string | undefined> {
  const tag = await gamma.find(`/tags/slug/${encodeURIComponent(slug)}`);
  if (tag === undefined) return undefined;
  if (!isRecord(tag) || typeof tag.id !== "string") throw unexpected("/tags/slug");
  return tag.id;
}
