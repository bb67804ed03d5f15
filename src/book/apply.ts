import { isDecimal } from "../format/decimal.ts";
import { type Levels, parseLevels } from "../format/level.ts";
import { fieldString, fieldText, type MarketEvent } from "../format/market-event.ts";
import type { Book } from "./book.ts";

/** What an event does to a book. Recorder, reader and verifier all go through here. */

/** The levels of a `book` event, or `undefined` if a side is missing or malformed. */
export function bookLevels(event: MarketEvent): Levels | undefined {
  const bids = fieldText(event, "bids");
  const asks = fieldText(event, "asks");
  if (bids === undefined || asks === undefined) return undefined;
  const bidLevels = parseLevels(bids);
  const askLevels = parseLevels(asks);
  return bidLevels && askLevels && { bids: bidLevels, asks: askLevels };
}

/** Applies an event to the running book; `levels` are those of a `book` event. */
export function applyEvent(book: Book, event: MarketEvent, levels?: Levels): void {
  switch (event.type) {
    case "book":
      if (levels !== undefined) book.replace(levels);
      // The later form of a book says nothing of these; they stay as they are.
      book.tickSize = fieldString(event, "tick_size") ?? book.tickSize;
      book.lastTradePrice = fieldString(event, "last_trade_price") ?? book.lastTradePrice;
      break;
    case "price_change":
      applyChange(book, event);
      break;
    case "tick_size_change":
      book.tickSize = fieldString(event, "new_tick_size") ?? book.tickSize;
      break;
    case "last_trade_price":
      book.lastTradePrice = fieldString(event, "price") ?? book.lastTradePrice;
      break;
    default:
      break;
  }
}

function applyChange(book: Book, event: MarketEvent): void {
  const price = fieldText(event, "price");
  const size = fieldText(event, "size");
  const side = fieldText(event, "side")?.toUpperCase();
  // A change that cannot be read leaves the book as it is; it is stored all the same.
  if (price === undefined || size === undefined) return;
  if (!isDecimal(price) || !isDecimal(size)) return;
  if (side === "BUY") book.set("bids", price, size);
  else if (side === "SELL") book.set("asks", price, size);
}
