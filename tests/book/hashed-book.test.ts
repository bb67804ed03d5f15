import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { SideName } from "../../src/book/book.ts";
import { HashedBook } from "../../src/book/hashed-book.ts";
import { RECIPE_NAMES, RECIPES, type RecipeName } from "../../src/book/recipes.ts";
import { millionthsOf, textOfMillionths } from "../../src/format/decimal.ts";
import { HASH_BYTES } from "../../src/format/hash-text.ts";
import type { Level, Levels } from "../../src/format/level.ts";
import { type HashOptions, PlainBook } from "./plain-hash.ts";

const MARKET = "0xm";
const TOKEN = "111";
const VALUES = { minOrderSize: "5", tickSize: "0.01", negRisk: false, lastTradePrice: "0.420" };
const TICKS = [1_000, 100, 50, 25, 10, 1];

function hexOf(book: HashedBook, { timestamp, recipe, values }: HashOptions): string {
  const out = new Uint8Array(HASH_BYTES);
  book.hash(timestamp, RECIPES[recipe], values, out);
  return out.toHex();
}

function options(recipe: RecipeName, timestamp = "1700000000000"): HashOptions {
  return { market: MARKET, tokenId: TOKEN, timestamp, recipe, values: VALUES };
}

const digits = (min: number, max: number) =>
  fc
    .array(fc.integer({ min: 0, max: 9 }), { minLength: min, maxLength: max })
    .map((list) => list.join(""));

/** Prices on every grid of the venue, and at times in any spelling that JSON may have. */
const prices: fc.Arbitrary<string> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc
      .tuple(fc.constantFrom(...TICKS), fc.nat())
      .map(([tick, n]) => String(((n % (10_000 / tick)) * tick) / 10_000)),
  },
  { weight: 2, arbitrary: fc.constantFrom("0.50", ".5", "0.5", "00.5", "1", "1.", "6.5535", "0") },
);
const oddPrices = fc.oneof(
  fc.constantFrom("5e-1", "0.00005", "+0.5", "-1", "6.5536", "123456789.25", "1e9"),
  digits(20, 30).map((text) => `0.${text}`),
  digits(240, 300).map((text) => `0.5${text}`),
);
const sizes: fc.Arbitrary<string> = fc.oneof(
  { weight: 8, arbitrary: fc.nat({ max: 5_000_000 }).map((n) => String(n / 100)) },
  { weight: 3, arbitrary: fc.constantFrom("0", "0.0", "0e1", "-0", ".0", "00") },
  { weight: 1, arbitrary: digits(20, 30).map((text) => `1${text}.5`) },
  { weight: 1, arbitrary: fc.constantFrom("1e3", "2.50", "+7", "-1", "5.") },
);
const sides = fc.constantFrom<SideName[]>("bids", "asks");

function levelsOf(price: fc.Arbitrary<string>): fc.Arbitrary<Levels> {
  const list: fc.Arbitrary<Level[]> = fc.array(fc.tuple(price, sizes), { maxLength: 40 });
  return fc.record({ bids: list, asks: list });
}

type Step =
  | { readonly kind: "set"; readonly side: SideName; readonly price: string; readonly size: string }
  | { readonly kind: "replace"; readonly levels: Levels }
  | { readonly kind: "copy" }
  | { readonly kind: "hash"; readonly recipe: RecipeName; readonly timestamp: string };

function stepsOf(price: fc.Arbitrary<string>): fc.Arbitrary<Step[]> {
  const stamp = fc.oneof(
    { weight: 9, arbitrary: fc.integer({ min: 1.7e12, max: 1.8e12 }).map(String) },
    { weight: 1, arbitrary: fc.constantFrom("", "5", "½", "17000000000001234") },
  );
  const step: fc.Arbitrary<Step> = fc.oneof(
    {
      weight: 20,
      arbitrary: fc.record({ kind: fc.constant("set" as const), side: sides, price, size: sizes }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constant("replace" as const), levels: levelsOf(price) }),
    },
    { weight: 1, arbitrary: fc.constant({ kind: "copy" as const }) },
    {
      weight: 6,
      arbitrary: fc.record({
        kind: fc.constant("hash" as const),
        recipe: fc.constantFrom(...RECIPE_NAMES),
        timestamp: stamp,
      }),
    },
  );
  return fc.array(step, { maxLength: 120 });
}

function follow(steps: readonly Step[]): void {
  let book = new HashedBook(MARKET, TOKEN);
  const plain = new PlainBook();
  for (const step of steps) {
    if (step.kind === "set") {
      expect(book.set(step.side, step.price, step.size)).toBe(true);
      plain.set(step.side, step.price, step.size);
    } else if (step.kind === "replace") {
      const before = plain.levels();
      plain.replace(step.levels);
      expect(book.replace(step.levels)).toBe(Bun.deepEquals(before, plain.levels()));
    } else if (step.kind === "copy") {
      const original = book;
      book = book.copy();
      original.replace({ bids: [["0.1", "1"]], asks: [] });
    } else {
      const of = options(step.recipe, step.timestamp);
      expect(hexOf(book, of)).toBe(plain.hash(of));
    }
    expect(book.bestBid).toBe(plain.bestBid);
    expect(book.bestAsk).toBe(plain.bestAsk);
    expect(book.hasBest(plain.bestBid, plain.bestAsk)).toBe(true);
    expect(book.hasBest(`${plain.bestBid}0`, plain.bestAsk)).toBe(false);
    expect(book.hasBest(plain.bestBid, plain.bestAsk.slice(0, -1))).toBe(false);
  }
  expect(book.levels()).toEqual(plain.levels());
  expect(book.count).toBe(plain.levels().bids.length + plain.levels().asks.length);
  for (const recipe of RECIPE_NAMES) {
    expect(hexOf(book, options(recipe))).toBe(plain.hash(options(recipe)));
  }
}

describe("a book as hashed bytes", () => {
  test("has the hashes, levels and best prices of a plain book, on every grid", () => {
    fc.assert(fc.property(stepsOf(prices), follow), { numRuns: 300 });
  });

  test("has them with prices that no grid has, and goes back to bytes at the next book", () => {
    const any = fc.oneof({ weight: 30, arbitrary: prices }, { weight: 1, arbitrary: oddPrices });
    fc.assert(fc.property(stepsOf(any), follow), { numRuns: 300 });
  });

  test("has the SHA-1 values of the page on the wire", () => {
    const book = new HashedBook(MARKET, TOKEN);
    book.replace({
      bids: [
        ["0.4", "10"],
        ["0.41", "25.5"],
      ],
      asks: [
        ["0.99", "100"],
        ["0.43", "7"],
      ],
    });
    const page = (recipe: RecipeName) => hexOf(book, options(recipe));
    expect(page("5")).toBe("6cf86e24b127ee675fa52aa7fbe30c454f8ad875");
    expect(page("6")).toBe("e7b84e90be7223e1e9686991f9dbda3de6b35a95");
    expect(page("9")).toBe("e4c865b443d8fead4ba0b0a51b214c8431254028");
    expect(page("10")).toBe("5efae31e4fe91870a1a4632a6b5eb44fd89e86c1");
    book.set("bids", "0.41", "0");
    const removed = hexOf(book, options("10", "1700000000250"));
    expect(removed).toBe("2c12176db8ea8ce118a985ed7de80a43111bd9d9");
  });

  test("leaves itself as it is when a price or a size is no decimal", () => {
    const book = new HashedBook(MARKET, TOKEN);
    book.set("bids", "0.4", "10");
    for (const text of ["", ".", "x", "0.4.1", "1e999", "½", "0,5", " 1", "--1"]) {
      expect(book.set("bids", text, "1")).toBe(false);
      expect(book.set("bids", "0.4", text)).toBe(false);
    }
    expect(book.levels()).toEqual({ bids: [["0.4", "10"]], asks: [] });
  });

  test("takes plain decimals as their texts", () => {
    const millionths = fc.oneof(
      fc.nat(100).map((ticks) => ticks * 10_000),
      fc.integer({ min: 0, max: 2 ** 51 }),
    );
    const levels = fc.array(
      fc.tuple(fc.constantFrom("bids" as const, "asks" as const), millionths, millionths),
    );
    fc.assert(
      fc.property(levels, millionths, (list, other) => {
        const [plain, texts] = [new HashedBook(MARKET, TOKEN), new HashedBook(MARKET, TOKEN)];
        for (const [side, price, size] of list) {
          plain.setPlain(side, price, size);
          texts.set(side, textOfMillionths(price), textOfMillionths(size));
        }
        expect(plain.levels()).toEqual(texts.levels());
        const [bid, ask] = [millionthsOf(texts.bestBid), millionthsOf(texts.bestAsk)];
        expect(plain.hasPlainBest(bid, ask)).toBe(true);
        expect(plain.hasPlainBest(other, ask)).toBe(other === bid);
        expect(plain.hasPlainBest(bid, other)).toBe(other === ask);
      }),
      { numRuns: 500 },
    );
  });

  test("is at most 10 KB at a hundred levels, and gives room back when it shrinks", () => {
    const book = new HashedBook(`0x${"a".repeat(64)}`, "7".repeat(77));
    const side = (count: number): Level[] =>
      Array.from({ length: count }, (_, i) => [`0.${String(i + 1000)}`, "123456.78"]);
    book.replace({ bids: side(50), asks: side(50) });
    for (let i = 0; i < 50; i++) book.set("bids", `0.${1000 + i}`, `${9_000_000 + i}.99`);
    expect(book.byteSize).toBeLessThan(8_000);
    book.replace({ bids: side(2_000), asks: side(2_000) });
    expect(book.byteSize).toBeGreaterThan(100_000);
    book.replace({ bids: side(50), asks: side(50) });
    expect(book.byteSize).toBeLessThan(20_000);
  });
});
