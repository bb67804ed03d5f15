import type { MarketEvent, Place } from "../format/market-event.ts";

/** A piece of a message: an entry, an element without entries, or what could not be cut. */
export interface Piece {
  /** The tokens that it names; none for what belongs to the channel. */
  readonly tokenIds: readonly string[];
  readonly event: MarketEvent;
  readonly place: Place;
}
