import { expect, test } from "bun:test";
import { priceText, sizeText, tradePriceText } from "../../src/exchange/decimal-text.ts";
import { MirroredBook } from "../../src/exchange/mirrored-book.ts";
import { Pacer } from "../../src/exchange/pacer.ts";
import { Subscribers } from "../../src/exchange/subscribers.ts";

test("decimals are written as the venue writes them", () => {
  expect([0, 10, 100, 5_000, 8_530, 10_000].map(priceText)).toEqual([
    "0",
    "0.001",
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
  expect([40, 5_000, 8_500, 8_530].map(tradePriceText)).toEqual([
    "0.004",
    "0.500",
    "0.850",
    "0.853",
  ]);
});

test("a mirrored book keeps wire order on both tokens, and an empty side has its limits", () => {
  const book = new MirroredBook();
  expect(book.of(0)).toMatchObject({ bestBid: 0, bestAsk: 10_000 });
  expect(book.of(1)).toMatchObject({ bestBid: 0, bestAsk: 10_000 });
  for (const price of [300, 100, 200]) {
    book.bids.set(price, price);
  }
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
});

test("a pacer carries fractions over and does not make up for a long pause", () => {
  const pacer = new Pacer(130, 0);
  let steps = 0;
  for (let ms = 5; ms <= 10_000; ms += 5) {
    steps += pacer.due(ms);
  }
  expect(steps).toBe(1_300);
  expect(pacer.due(3_600_000)).toBe(130);
  expect(new Pacer(0, 0).due(60_000)).toBe(0);
});

test("subscribers of several tokens count once, and are forgotten whole", () => {
  const subscribers = new Subscribers<string>();
  subscribers.add("one", "a");
  subscribers.add("one", "b");
  subscribers.add("two", "b");
  expect([...subscribers.socketsOf(["a", "b"])]).toEqual(["one", "two"]);
  subscribers.remove("two", "b");
  subscribers.remove("two", "unknown");
  expect(subscribers.isSubscribed("two", "b")).toBe(false);
  subscribers.removeSocket("one");
  expect(subscribers.has("a") || subscribers.has("b")).toBe(false);
});
