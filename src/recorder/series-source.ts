import type { GammaClient } from "../polymarket/gamma-client.ts";
import { findMarkets } from "../polymarket/gamma-lookup.ts";
import type { GammaMarket } from "../polymarket/gamma-market.ts";
import { findSeriesId, findSeriesMarkets } from "../polymarket/gamma-series.ts";
import { parseDuration } from "../ports/duration.ts";
import { type MarketSource, noMarket } from "./market-source.ts";

/**
 * Windows that have not begun and are recorded already. The venue lists them about a day ahead,
 * and two leave time for a Gamma that does not answer.
 */
const WINDOWS_AHEAD = 2;
/**
 * Windows of several hours follow the clock of New York, whose summer moves them against any
 * other; but they begin with an hour everywhere.
 */
const STEP_MAX_MS = 3_600_000;
const MS_PER_SECOND = 1_000;
const PREFIX = /-updown-(\d+[smhd])$/;

/**
 * Rolling markets: the present window and the next two. `btc-updown-5m` is a prefix, and the slug
 * of each market is that with its window's start in epoch seconds behind it; the length is in the
 * prefix. Anything else is Gamma's own slug of a series, such as `btc-up-or-down-hourly`.
 */
export function seriesMarkets(slug: string, everyMs: number): MarketSource {
  const windowMs = parseDuration(PREFIX.exec(slug)?.[1] ?? "");
  const find = windowMs === undefined ? inSeries(slug) : bySlug(slug, windowMs);
  return {
    name: `--series ${slug}`,
    // Each window is asked for at least twice before it begins.
    everyMs: Math.min(everyMs, windowMs ?? everyMs),
    isListing: false,
    async find(gamma, nowMs) {
      const markets = await find(gamma, nowMs);
      const none = `no market of the series ${slug} is listed (hourly and daily ones go by Gamma's name of the series, such as btc-up-or-down-hourly)`;
      return { markets, remarks: markets.length === 0 ? [none] : [] };
    },
  };
}

type Find = (gamma: GammaClient, nowMs: number) => Promise<readonly GammaMarket[]>;

function bySlug(prefix: string, windowMs: number): Find {
  return (gamma, nowMs) => {
    const slugs = windowStarts(windowMs, nowMs).map((ms) => `${prefix}-${ms / MS_PER_SECOND}`);
    return findMarkets(gamma, "slug", slugs, { closed: false });
  };
}

/** Where windows can begin that are open at `nowMs`, or are the next. */
function windowStarts(windowMs: number, nowMs: number): number[] {
  const stepMs = Math.min(windowMs, STEP_MAX_MS);
  const starts: number[] = [];
  const lastMs = nowMs + WINDOWS_AHEAD * windowMs;
  for (let ms = Math.floor(nowMs / stepMs) * stepMs; ms > nowMs - windowMs; ms -= stepMs) {
    starts.unshift(ms);
  }
  for (let ms = (starts.at(-1) ?? 0) + stepMs; ms <= lastMs; ms += stepMs) starts.push(ms);
  return starts;
}

function inSeries(slug: string): Find {
  let seriesId: string | undefined;
  return async (gamma, nowMs) => {
    seriesId ??= await findSeriesId(gamma, slug);
    if (seriesId === undefined) throw noMarket(`there is no series ${slug}`);
    return findSeriesMarkets(gamma, seriesId, nowMs, 1 + WINDOWS_AHEAD);
  };
}
