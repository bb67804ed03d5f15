import { type MarketEvent, marketEvent } from "../../src/format/market-event.ts";
import { SessionReader } from "../../src/read/session-reader.ts";
import { Store } from "../../src/read/store.ts";
import type { Update } from "../../src/read/update.ts";

/** What the tests of the storage writer write and read back. */

export const TOKEN = "1234567890";
export const MARKET = "0xabc";
export const BOOK = { bids: [["0.4", "10"]], asks: [["0.6", "20"]], tickSize: "0.01" } as const;

export function change(price: string, size: string): MarketEvent {
  return marketEvent("price_change", {
    asset_id: TOKEN,
    price,
    size,
    side: "BUY",
    hash: "aa".repeat(20),
    market: MARKET,
    timestamp: "1790000000000",
    event_type: "price_change",
  });
}

export async function updatesIn(basePath: string): Promise<Update[]> {
  const updates: Update[] = [];
  for (const session of await new Store(basePath).folders()) {
    for await (const update of new SessionReader(session)) updates.push(update);
  }
  return updates;
}
