import type { GammaClient } from "./gamma-client.ts";
import { unexpected } from "./gamma-failure.ts";
import { type GammaMarket, parseEventMarkets } from "./gamma-market.ts";
import { isRecord } from "./json-value.ts";

/** Gamma's number of a series, by its slug; `undefined` without such a series. Throws `GAMMA_FAILED`. */
export async function findSeriesId(gamma: GammaClient, slug: string): Promise<string | undefined> {
  const list = await gamma.get("/series", { slug, exclude_events: true });
  if (!Array.isArray(list)) throw unexpected("/series");
  const series = list.filter(isRecord).find((one) => one.slug === slug);
  return typeof series?.id === "string" ? series.id : undefined;
}

/**
 * The open markets of the first `events` events of a series that end after `nowMs` (epoch
 * milliseconds), the soonest first. Throws `GAMMA_FAILED`.
 */
export async function findSeriesMarkets(
  gamma: GammaClient,
  seriesId: string,
  nowMs: number,
  events: number,
): Promise<GammaMarket[]> {
  const page = await gamma.get("/events/keyset", {
    series_id: seriesId,
    closed: false,
    end_date_min: new Date(nowMs).toISOString(),
    order: "endDate",
    ascending: true,
    limit: events,
  });
  const list = isRecord(page) ? page.events : undefined;
  if (!Array.isArray(list)) throw unexpected("/events/keyset");
  return list.flatMap((event: unknown) => {
    const markets = parseEventMarkets(event);
    if (markets === undefined) throw unexpected("/events/keyset");
    return markets.filter(({ closed }) => !closed);
  });
}
