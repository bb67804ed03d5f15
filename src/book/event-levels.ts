import { type Levels, parseLevels } from "../format/level.ts";
import { fieldText, type MarketEvent, slotText } from "../format/market-event.ts";
import type { SideName } from "./book.ts";

/** What an event says of levels. Recorder, reader and verifier all read it here. */

/** The levels of a `book` event, or `undefined` if a side is missing or malformed. */
export function bookLevels(event: MarketEvent): Levels | undefined {
  const bids = fieldText(event, "bids");
  const asks = fieldText(event, "asks");
  if (bids === undefined || asks === undefined) return undefined;
  const bidLevels = parseLevels(bids);
  const askLevels = parseLevels(asks);
  return bidLevels && askLevels && { bids: bidLevels, asks: askLevels };
}

/** One level's new size; price and size need not be decimals. */
export interface LevelChange {
  readonly side: SideName;
  readonly price: string;
  readonly size: string;
}

/** The change that a `price_change` event is, or `undefined` if a part is missing. */
export function levelChange(event: MarketEvent): LevelChange | undefined {
  const { changeSlots } = event.shape;
  const text = (part: 0 | 1 | 2, key: string) =>
    changeSlots === undefined ? fieldText(event, key) : slotText(event, changeSlots[part]);
  const price = text(0, "price");
  const size = text(1, "size");
  const side = sideOf(text(2, "side"));
  if (price === undefined || size === undefined || side === undefined) return undefined;
  return { side, price, size };
}

function sideOf(text: string | undefined): SideName | undefined {
  if (text === "BUY") return "bids";
  if (text === "SELL") return "asks";
  const upper = text?.toUpperCase();
  return upper === "BUY" ? "bids" : upper === "SELL" ? "asks" : undefined;
}
