import type { GammaClient, GammaQuery } from "./gamma-client.ts";
import { unexpected } from "./gamma-failure.ts";
import { type GammaMarket, parseGammaMarkets } from "./gamma-market.ts";
import { isRecord } from "./json-value.ts";

const PATH = "/markets/keyset";

export interface MarketPage {
  readonly markets: readonly GammaMarket[];
  /** What the next page is asked for with; `undefined` on the last. */
  readonly nextCursor: string | undefined;
}

/**
 * A page of markets. The end of `/markets` and its offsets was announced for May 2026; this is
 * what replaces it, for names as for lists. Throws `GAMMA_FAILED`.
 */
export async function marketPage(gamma: GammaClient, query: GammaQuery): Promise<MarketPage> {
  const page = await gamma.get(PATH, query);
  const markets = isRecord(page) ? parseGammaMarkets(page.markets) : undefined;
  if (!isRecord(page) || markets === undefined) throw unexpected(PATH);
  const { next_cursor: cursor } = page;
  return { markets, nextCursor: typeof cursor === "string" && cursor !== "" ? cursor : undefined };
}
