import type { EventIdentity } from "./event-identity.ts";
import type { SimulatedMarket } from "./simulated-market.ts";

/** An event with its markets, as Gamma lists it. */
export interface SimulatedEvent {
  readonly identity: EventIdentity;
  readonly markets: readonly SimulatedMarket[];
}
