import type { WireLevel } from "../../polymarket/messages.ts";
import { ONE } from "../market/decimal-text.ts";
import type { MarketView } from "./listed-venue.ts";
import { middle } from "./middle-price.ts";

const MICROS = 1_000_000;

/** What the orders of a market would pay, in dollars. Gamma does not say how it reckons it. */
export function liquidity({ book }: MarketView): number {
  const paid = ([0, 1] as const).map((token) => paidFor(book.of(token).bids));
  return Math.round((paid[0] ?? 0) * MICROS + (paid[1] ?? 0) * MICROS) / MICROS;
}

/** How open the outcome is: 1 at 0.5 (recomputed from recorded markets). */
export function competitive({ book }: MarketView): number {
  return 1 / (1 + (middle(book) - 0.5) ** 2);
}

/** The exchange counts no turnover. */
export const VOLUMES = { volume24hr: 0, volume1wk: 0, volume1mo: 0, volume1yr: 0 };

/** YES, in dollars; an empty side is 0 or a dollar, as on the market channel. */
export function bestPrices({ book, lastTradePrice }: MarketView) {
  const { bestBid, bestAsk } = book;
  return {
    spread: (bestAsk - bestBid) / ONE,
    lastTradePrice: (lastTradePrice ?? 0) / ONE,
    bestBid: bestBid / ONE,
    bestAsk: bestAsk / ONE,
  };
}

function paidFor(levels: readonly WireLevel[]): number {
  return levels.reduce((sum, { price, size }) => sum + Number(price) * Number(size), 0);
}
