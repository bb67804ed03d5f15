import type { EventView, ListedVenue, MarketView } from "./listed-venue.ts";

/** A market with the event that it belongs to: Gamma names one with the other. */
export interface ListedMarket {
  readonly market: MarketView;
  readonly event: EventView;
}

export function listedMarkets({ events }: ListedVenue): ListedMarket[] {
  return events.flatMap((event) => event.markets.map((market) => ({ market, event })));
}

/** For Gamma a market is closed when it knows the outcome, not when trading ends. */
export function isClosed({ isListedClosed }: MarketView): boolean {
  return isListedClosed;
}
