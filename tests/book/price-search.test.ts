import { describe, expect, test } from "bun:test";
import { HashedBook } from "../../src/book/hashed-book.ts";
import { searchPrice, tradePrices } from "../../src/book/price-search.ts";
import { detectRecipe } from "../../src/book/recipe-detection.ts";
import { hashedPrice, RECIPES, UNKNOWN_VALUES } from "../../src/book/recipes.ts";
import type { Levels } from "../../src/format/level.ts";
import { PlainBook } from "./plain-hash.ts";

const MARKET = "0xm";
const TOKEN = "111";
const TIMESTAMP = "1700000000000";
const VALUES = { minOrderSize: "15", tickSize: "0.001", negRisk: true, lastTradePrice: "0.987" };
const LEVELS: Levels = { bids: [["0.4", "10"]], asks: [["0.43", "7"]] };

function hashed(): HashedBook {
  const book = new HashedBook(MARKET, TOKEN);
  book.replace(LEVELS);
  return book;
}

function wanted(lastTradePrice: string) {
  const plain = new PlainBook();
  plain.replace(LEVELS);
  const of = { market: MARKET, tokenId: TOKEN, timestamp: TIMESTAMP, recipe: "10" as const };
  const hash = plain.hash({ ...of, values: { ...VALUES, lastTradePrice } });
  const values = { ...VALUES, lastTradePrice: "" };
  return { hash, timestamp: TIMESTAMP, recipe: RECIPES["10"], values };
}

describe("the search for a trade price", () => {
  test.each(["0.000", "0.001", "0.415", "0.585", "0.999", "1.000"])("finds %s", (price) => {
    expect(searchPrice(hashed(), wanted(price))).toBe(price);
    expect(searchPrice(hashed(), wanted(price), { isFine: true })).toBe(price);
  });

  test("finds a fourth decimal only when asked to", () => {
    expect(searchPrice(hashed(), wanted("0.0025"))).toBeUndefined();
    expect(searchPrice(hashed(), wanted("0.0025"), { isFine: true })).toBe("0.0025");
  });

  test("finds nothing under another tick size, or without the field", () => {
    const { values, ...rest } = wanted("0.415");
    const other = { ...values, tickSize: "0.01" };
    expect(searchPrice(hashed(), { ...rest, values: other })).toBeUndefined();
    const older = { ...rest, values, recipe: RECIPES["9"] };
    expect(searchPrice(hashed(), older)).toBeUndefined();
  });

  test("tries each price once, those near the hint and near its mirror first", () => {
    const prices = [...tradePrices(0.4, false)];
    expect(prices.slice(0, 4)).toEqual(["0.400", "0.600", "0.399", "0.401"]);
    expect(prices.toSorted()).toEqual(
      Array.from({ length: 1001 }, (_, i) => (i / 1000).toFixed(3)),
    );
    for (const hint of [0, 1, 0.5, Number.NaN, 7]) {
      expect(new Set(tradePrices(hint, false)).size).toBe(1001);
      expect([...tradePrices(hint, true)].length).toBe(10_001);
    }
    const fine = new Set(tradePrices(0.4, true));
    expect(fine.has("0.400") && fine.has("0.4001") && !fine.has("0.4000")).toBe(true);
  });
});

test("a trade's price gets three decimals at least", () => {
  const pairs = { "0.87": "0.870", "0.5": "0.500", "1": "1.000", "0.0025": "0.0025", "": "" };
  for (const [price, text] of Object.entries(pairs)) expect(hashedPrice(price)).toBe(text);
  expect(hashedPrice("1e-3")).toBe("1e-3");
});

describe("a recipe", () => {
  const { hash } = wanted("0.415");
  const evidence = { hash, timestamp: TIMESTAMP, maySearch: () => true };

  test("is told with its static values, though REST named others", () => {
    const known = { tickSize: "0.001", lastTradePrice: "0.415", minOrderSize: "5", negRisk: false };
    const found = { recipe: RECIPES["10"], values: { ...VALUES, lastTradePrice: "0.415" } };
    expect(detectRecipe(hashed(), { ...evidence, known })).toEqual(found);
  });

  test("is told from nothing but the hash, as far as searches are allowed", () => {
    const found = { recipe: RECIPES["10"], values: { ...VALUES, lastTradePrice: "0.415" } };
    expect(detectRecipe(hashed(), { ...evidence, known: {} })).toEqual(found);
    const bound = { ...evidence, known: {}, maySearch: () => false };
    expect(detectRecipe(hashed(), bound)).toBeUndefined();
  });

  test("of five fields needs no value at all", () => {
    const plain = new PlainBook();
    plain.replace(LEVELS);
    const of = { market: MARKET, tokenId: TOKEN, timestamp: TIMESTAMP, values: UNKNOWN_VALUES };
    const old = { ...evidence, hash: plain.hash({ ...of, recipe: "5" }), known: {} };
    expect(detectRecipe(hashed(), old)?.recipe).toBe(RECIPES["5"]);
  });
});
