import { expect, test } from "bun:test";
import { csvHeader, csvRows } from "../../src/export/csv.ts";
import {
  BARE_PLACE,
  type MarketEvent,
  marketEvent,
  rawEvent,
} from "../../src/format/market-event.ts";
import { Update } from "../../src/read/update.ts";
import { parseCsv } from "../captures.ts";

const IDENTITY = {
  tokenId: "42",
  market: "0xabc",
  sessionId: "20261122-13-00-00",
  recorderId: "r",
};
const ARRIVAL = {
  received_us: 1_790_000_000_000_001,
  verdict: "unverifiable",
  socket: 1,
  place: BARE_PLACE,
} as const;

/** The rows of an event as objects without their empty cells and what every row has. */
function cells(event: MarketEvent): Record<string, string>[] {
  const lines = csvRows(new Update(IDENTITY, 7, ARRIVAL, event));
  const [header, ...rows] = parseCsv(`${csvHeader}\n${lines.join("\n")}\n`);
  return rows.map((row) => {
    expect(row).toHaveLength(header!.length);
    const named = Object.fromEntries(header!.map((name, i) => [name, row[i]!]));
    expect(named).toMatchObject({
      token_id: "42",
      session_id: "20261122-13-00-00",
      sequence_number: "7",
      received_us: "1790000000000001",
      update_type: event.type,
    });
    return Object.fromEntries(
      Object.entries(named)
        .slice(6)
        .filter(([, value]) => value !== ""),
    );
  });
}

test("a change is one row, its texts as the wire spelled them", () => {
  const change = { asset_id: "42", price: ".50", size: "1e2", side: "BUY", market: "0xabc" };
  expect(cells(marketEvent("price_change", change))).toEqual([
    { side: "BUY", price: ".50", size: "1e2" },
  ]);
});

test("a book is one row for each level, and an empty one a row of its own", () => {
  const book = {
    timestamp: "5",
    bids: [{ price: "0.1", size: "1" }],
    asks: [{ price: "0.9", size: "2" }],
  };
  expect(cells(marketEvent("book", book))).toEqual([
    { timestamp: "5", side: "BUY", price: "0.1", size: "1" },
    { timestamp: "5", side: "SELL", price: "0.9", size: "2" },
  ]);
  expect(cells(marketEvent("book", { timestamp: "5", bids: [], asks: [] }))).toEqual([
    { timestamp: "5" },
  ]);
});

test("what has no column comes as JSON: unknown fields, notes, raw texts, malformed books", () => {
  const dataOf = (event: MarketEvent) => cells(event).map(({ data }) => data && JSON.parse(data));
  const change = { price: "0.5", later: { a: [1, 'x,"y"'] } };
  expect(dataOf(marketEvent("price_change", change))).toEqual([change]);
  expect(dataOf(marketEvent("note", { kind: "gap" }))).toEqual([{ kind: "gap" }]);
  expect(dataOf(rawEvent('not, "JSON"\n'))).toEqual([{ text: 'not, "JSON"\n' }]);
  const book = { bids: [{ price: 1, size: 2 }], asks: [] };
  expect(dataOf(marketEvent("book", book))).toEqual([book]);
});

test("null is an empty cell, a number keeps its spelling", () => {
  expect(cells(marketEvent("best_bid_ask", { best_bid: null, spread: 1e21 }))).toEqual([
    { spread: "1e+21" },
  ]);
});
