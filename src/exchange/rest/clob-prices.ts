import { ONE, priceText } from "../market/decimal-text.ts";
import type { BestView, MarketView } from "./listed-venue.ts";
import { middle } from "./middle-price.ts";
import type { Call } from "./route-table.ts";
import { placeOf, type Side, sideOf, tokenIdOf, tokenItemsOf } from "./token-query.ts";

/**
 * Prices made from the book's best levels. An empty side counts as 0 or a dollar, as in the best
 * prices of the market channel; of the middle price this was seen (0.5 for a book without
 * orders), of the others it is a guess.
 */

/** `GET /midpoint`. */
export function midpoint(call: Call) {
  return { mid: middleText(bookOf(call)) };
}

/** `POST /midpoints`. */
export function midpoints(call: Call) {
  return byToken(call, middleText);
}

/** `GET /spread`. */
export function spread(call: Call) {
  return { spread: spreadText(bookOf(call)) };
}

/** `POST /spreads`. */
export function spreads(call: Call) {
  return byToken(call, spreadText);
}

/** `GET /price`. */
export function price(call: Call) {
  const side = sideOf(call.query.get("side"));
  return { price: bestText(bookOf(call), side) };
}

/** `POST /prices`: for each token the sides that were asked for. */
export function prices({ venue, body }: Call) {
  const asked = tokenItemsOf(body).map((item) => ({ ...item, side: sideOf(item.side) }));
  const answer: Record<string, Partial<Record<Side, string>>> = {};
  for (const { token_id, side } of asked) {
    const place = venue.find(token_id);
    if (place === undefined) continue;
    const text = bestText(place.market.book.of(place.token), side);
    answer[token_id] = { ...answer[token_id], [side]: text };
  }
  return answer;
}

/** `GET /last-trade-price`. The documentation has no 404 for it: an unknown token had no trades. */
export function lastTradePrice({ venue, query }: Call) {
  return lastTrade(venue.find(tokenIdOf(query.get("token_id")))?.market);
}

/** `POST /last-trades-prices`, spelled like this. */
export function lastTradesPrices({ venue, body }: Call) {
  return tokenItemsOf(body).flatMap(({ token_id }) => {
    const place = venue.find(token_id);
    return place === undefined ? [] : [{ ...lastTrade(place.market), token_id }];
  });
}

/**
 * Before any trade the price is 0.5 (documented). The side is empty then, says the documentation,
 * and the official library refuses an empty one; here the library decides.
 */
function lastTrade(market: MarketView | undefined) {
  const { price = ONE / 2, side = "BUY" } = market?.lastTrade ?? {};
  return { price: priceText(price), side };
}

function bookOf({ venue, query }: Call): BestView {
  const { market, token } = placeOf(venue, query);
  return market.book.of(token);
}

function byToken({ venue, body }: Call, textOf: (book: BestView) => string) {
  const places = tokenItemsOf(body).flatMap(({ token_id }) => {
    const place = venue.find(token_id);
    return place === undefined ? [] : [{ token_id, book: place.market.book.of(place.token) }];
  });
  return Object.fromEntries(places.map(({ token_id, book }) => [token_id, textOf(book)]));
}

function middleText(book: BestView): string {
  return String(middle(book));
}

function spreadText({ bestBid, bestAsk }: BestView): string {
  return priceText(bestAsk - bestBid);
}

/** BUY is the best bid and SELL the best ask: what somebody on that side offers (observed). */
function bestText({ bestBid, bestAsk }: BestView, side: Side): string {
  return priceText(side === "BUY" ? bestBid : bestAsk);
}
