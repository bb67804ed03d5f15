import { expect, test } from "bun:test";
import { bookSummary, type MarketState } from "../../../src/exchange/market/book-summary.ts";
import { priceText, sizeText, tradePriceText } from "../../../src/exchange/market/decimal-text.ts";
import { MirroredBook } from "../../../src/exchange/market/mirrored-book.ts";
import { tickSizeAt } from "../../../src/exchange/market/tick-size.ts";

test("decimals are written as the venue writes them", () => {
  expect([0, 1, 10, 25, 100, 5_000, 8_530, 10_000].map(priceText)).toEqual([
    "0",
    "0.0001",
    "0.001",
    "0.0025",
    "0.01",
    "0.5",
    "0.853",
    "1",
  ]);
  expect([0, 1, 50, 500, 50_332, 1_281_602].map(sizeText)).toEqual([
    "0",
    "0.01",
    "0.5",
    "5",
    "503.32",
    "12816.02",
  ]);
  expect([40, 5_000, 8_500, 8_530, 9_725, 1].map(tradePriceText)).toEqual([
    "0.004",
    "0.500",
    "0.850",
    "0.853",
    "0.9725",
    "0.0001",
  ]);
});

test("a mirrored book keeps wire order on both tokens, and an empty side has its limits", () => {
  const book = new MirroredBook();
  expect(book.of(0)).toMatchObject({ bestBid: 0, bestAsk: 10_000 });
  expect(book.of(1)).toMatchObject({ bestBid: 0, bestAsk: 10_000 });
  for (const price of [300, 100, 200]) {
    book.bids.set(price, price);
  }
  const copy = book.copy();
  book.bids.set(200, 900);
  book.bids.set(100, 0);
  book.asks.set(5_000, 10);
  book.asks.set(4_000, 10);
  expect(book.of(0).bids).toEqual([
    { price: "0.02", size: "9" },
    { price: "0.03", size: "3" },
  ]);
  expect(book.of(1).asks).toEqual([
    { price: "0.98", size: "9" },
    { price: "0.97", size: "3" },
  ]);
  expect(book.of(1)).toMatchObject({ bestBid: 6_000, bestAsk: 9_700 });
  expect(book.asks.priceFromTouch(0)).toBe(4_000);
  expect(copy.of(0)).toMatchObject({ bids: [{ size: "1" }, { size: "2" }, { size: "3" }] });
  expect(book.levels).toBe(4);
});

test("the JSON of a side follows its changes", () => {
  const book = new MirroredBook();
  for (const [price, size] of [
    [100, 5],
    [200, 7],
    [100, 0],
  ] as const) {
    book.bids.set(price, size);
    expect(book.of(0).bidList.json).toBe(JSON.stringify(book.of(0).bids));
    expect(book.of(1).askList.json).toBe(JSON.stringify(book.of(1).asks));
  }
});

test("ticks become finer near certainty, and coarse again only well inside", () => {
  const ticks = (own: number, ...middles: number[]) => {
    let present = own;
    return middles.map((middle) => {
      present = tickSizeAt(middle, own, present);
      return present;
    });
  };
  expect(ticks(100, 5_000, 9_600, 9_601, 9_500, 9_400, 9_399)).toEqual([100, 100, 10, 10, 10, 100]);
  expect(ticks(25, 400, 399, 600, 601)).toEqual([25, 10, 10, 25]);
  expect(ticks(1_000, 9_700)).toEqual([100]);
  expect(ticks(1, 9_700)).toEqual([1]);
});

/** The example of docs/PROTOCOL.md, "The hash", with its SHA-1 values. */
function exampleState(): MarketState {
  const book = new MirroredBook();
  book.bids.set(4_000, 1_000);
  book.bids.set(4_100, 2_550);
  book.asks.set(9_900, 10_000);
  book.asks.set(4_300, 700);
  const identity = {
    market: "0xm",
    tokens: [{ tokenId: "111" }, { tokenId: "112" }],
    minOrderSize: "5",
    event: { negRisk: false },
  } as unknown as MarketState["identity"];
  return { identity, book, tickSize: 100, lastTradePrice: 4_200, lastChangeMs: 1_700_000_000_000 };
}

test.each([
  ["5", "6cf86e24b127ee675fa52aa7fbe30c454f8ad875"],
  ["6", "e7b84e90be7223e1e9686991f9dbda3de6b35a95"],
  ["9", "e4c865b443d8fead4ba0b0a51b214c8431254028"],
  ["10", "5efae31e4fe91870a1a4632a6b5eb44fd89e86c1"],
] as const)("the recipe of %s fields gives the hash of the protocol page", (recipe, hash) => {
  expect(bookSummary(exampleState(), 0, recipe).hash).toBe(hash);
});

test("an invented recipe gives another hash, and before any trade the price is empty", () => {
  const state = exampleState();
  const hashes = (["5", "6", "9", "10", "next"] as const).map(
    (recipe) => bookSummary(state, 0, recipe).hash,
  );
  expect(new Set(hashes).size).toBe(5);
  const untraded = bookSummary({ ...state, lastTradePrice: undefined }, 1, "10");
  expect(untraded.last_trade_price).toBe("");
  expect(untraded.hash).toBe(Bun.SHA1.hash(JSON.stringify({ ...untraded, hash: "" }), "hex"));
});
