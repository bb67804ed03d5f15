import type { MarketView } from "./listed-venue.ts";

/** What both services say of every market: the terms are the same for all of the exchange. */

/** The part of makers' rewards that is public; numbers of a real market. */
export const REWARDS = { minSize: 50, maxSpread: 4.5 };

const DAY_MS = 86_400_000;

/** When trading began: the venue opens the markets of a series about a day before their window. */
export function openedMs({ startMs, event }: MarketView["identity"]): number {
  return event.series === undefined ? startMs : startMs - DAY_MS;
}
