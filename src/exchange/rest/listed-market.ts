import type { SimulatedEvent } from "../market/simulated-event.ts";
import type { SimulatedMarket } from "../market/simulated-market.ts";
import type { Simulation } from "../market/simulation.ts";

/** A market with the event that it belongs to: Gamma names one with the other. */
export interface ListedMarket {
  readonly market: SimulatedMarket;
  readonly event: SimulatedEvent;
}

export function listedMarkets({ events }: Simulation): ListedMarket[] {
  return events.flatMap((event) => event.markets.map((market) => ({ market, event })));
}

/** For Gamma a market is closed when it knows the outcome, not when trading ends. */
export function isClosed({ isListedClosed }: SimulatedMarket): boolean {
  return isListedClosed;
}
