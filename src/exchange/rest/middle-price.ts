import { ONE } from "../market/decimal-text.ts";
import type { TokenIndex } from "../market/mirrored-book.ts";
import type { MarketView } from "./listed-venue.ts";

/** The best prices of a token, in ten-thousandths. */
interface Best {
  readonly bestBid: number;
  readonly bestAsk: number;
}

/**
 * Half way between the best prices, in dollars. Dividing once leaves no digit that does not
 * belong: the shortest text of the number is the exact decimal.
 */
export function middle({ bestBid, bestAsk }: Best): number {
  return (bestBid + bestAsk) / (2 * ONE);
}

/**
 * What a token is worth, in dollars: its payout once the market is settled. Where a side of the
 * book is empty the price that the exchange trades around stands in; what the venue does then
 * is unknown.
 */
export function tokenPrice(market: MarketView, token: TokenIndex): number {
  if (market.phase === "settled") return market.winner === token ? 1 : 0;
  const best = market.book.of(token);
  if (best.bestBid > 0 && best.bestAsk < ONE) return middle(best);
  return (token === 0 ? market.fair.price : ONE - market.fair.price) / ONE;
}
