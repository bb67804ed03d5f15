import { liquidity } from "./gamma-numbers.ts";
import { isClosed } from "./listed-market.ts";
import type { EventView } from "./listed-venue.ts";
import { openedMs } from "./market-terms.ts";

const MICROS = 1_000_000;

/** What an event is by its markets. */

export function isEventClosed({ markets }: EventView): boolean {
  return markets.every(isClosed);
}

/** When the first of its markets opened, in epoch milliseconds. */
export function eventStartMs({ markets }: EventView): number {
  return Math.min(...markets.map(({ identity }) => openedMs(identity)));
}

/** When the last of its markets ends, in epoch milliseconds. */
export function eventEndMs({ markets }: EventView): number {
  return Math.max(...markets.map(({ identity }) => identity.endMs));
}

/** In dollars. */
export function eventLiquidity({ markets }: EventView): number {
  return Math.round(markets.reduce((sum, market) => sum + liquidity(market), 0) * MICROS) / MICROS;
}
