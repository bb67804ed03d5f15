import { describe, expect, test } from "bun:test";
import { textOfMillionths } from "../../src/format/decimal.ts";
import { type MarketEvent, marketEvent } from "../../src/format/market-event.ts";
import { plainChangeOf } from "../../src/format/plain-change.ts";

const HASH = "00ff1f2e3d4c5b6a798897a6b5c4d3e2f1009f8e";
const FIELDS = {
  market: "0xm",
  asset_id: "7",
  timestamp: "1790000000123",
  hash: HASH,
  price: "0.479",
  size: "1234.56",
  side: "SELL",
  best_bid: "0.4",
  best_ask: "1",
  event_type: "price_change",
};

function changeOf(fields: Readonly<Record<string, unknown>>, type: MarketEvent["type"]) {
  return plainChangeOf(marketEvent(type, fields));
}

describe("a plain change", () => {
  test("has the numbers of all its texts", () => {
    const change = changeOf(FIELDS, "price_change")!;
    expect(change.market).toBe(FIELDS.market);
    expect(change.tokenId).toBe(FIELDS.asset_id);
    expect(String(change.venueMs)).toBe(FIELDS.timestamp);
    expect(change.hash.toString()).toBe(HASH);
    expect(change.side).toBe(1);
    const { price, size, bestBid, bestAsk } = change;
    expect([price, size, bestBid, bestAsk].map(textOfMillionths)).toEqual([
      FIELDS.price,
      FIELDS.size,
      FIELDS.best_bid,
      FIELDS.best_ask,
    ]);
  });

  test("need not name best prices", () => {
    const { best_bid: _, best_ask: __, ...others } = FIELDS;
    expect(changeOf(others, "price_change")).toMatchObject({ bestBid: -1, bestAsk: -1, side: 1 });
  });

  test.each([
    ["a time with a leading zero", { timestamp: "01790000000123" }],
    ["a time that is none", { timestamp: "" }],
    ["a hash in upper case", { hash: HASH.toUpperCase() }],
    ["a hash that is too long", { hash: `${HASH}0` }],
    ["a hash with another character", { hash: `${HASH.slice(0, -1)}g` }],
    ["no hash", { hash: "" }],
    ["a price with a trailing zero", { price: "0.50" }],
    ["a price that is no ASCII", { price: "٠.5" }],
    ["a size with an exponent", { size: "1e3" }],
    ["a size that is too long", { size: "1".repeat(60) }],
    ["a side in lower case", { side: "sell" }],
    ["a side of the same length", { side: "BID" }],
    ["a best price that is odd", { best_ask: ".5" }],
    ["another type in its text", { event_type: "price_chang3" }],
    ["a price that is no string", { price: 0.5 }],
    ["a key more", { spread: "0.1" }],
  ])("is none with %s", (_, change) => {
    expect(changeOf({ ...FIELDS, ...change }, "price_change")).toBeUndefined();
  });

  test("is none without a field that it needs, or as another type", () => {
    const { market: _, ...others } = FIELDS;
    expect(changeOf(others, "price_change")).toBeUndefined();
    expect(changeOf(FIELDS, "last_trade_price")).toBeUndefined();
  });
});
