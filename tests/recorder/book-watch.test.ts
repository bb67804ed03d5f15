import { describe, expect, test } from "bun:test";
import { BookWatch, type Findings } from "../../src/recorder/book-watch.ts";
import { SECOND_US, WatchedBooks } from "./watched-books.ts";

interface Seen {
  readonly atS: number;
  readonly diverged: readonly string[];
  readonly refetch: readonly string[];
}

/** Looks each second, and keeps the looks that found something. */
function looks(watch: BookWatch, books: WatchedBooks, fromS: number, toS: number): Seen[] {
  const seen: Seen[] = [];
  for (let atS = fromS; atS <= toS; atS++) {
    const { diverged, refetch } = watch.look(atS * SECOND_US, books.list);
    const tokens = diverged.map(({ tokenId }) => tokenId);
    if (tokens.length + refetch.length > 0) seen.push({ atS, diverged: tokens, refetch });
  }
  return seen;
}

/** All of their sockets end. */
function ended(watch: BookWatch, books: WatchedBooks, atS: number): Findings {
  const all = new Set(books.list.map(({ tokenId }) => tokenId));
  return watch.end(atS * SECOND_US, books.list, all);
}

describe("a book that is missed", () => {
  test("has diverged soon, is told once, and fetched once in ten minutes", () => {
    const watch = new BookWatch();
    const books = new WatchedBooks(5);
    books.miss(3, 100);
    expect(looks(watch, books, 100, 1400)).toEqual([
      { atS: 103, diverged: ["3"], refetch: ["3"] },
      { atS: 703, diverged: [], refetch: ["3"] },
      { atS: 1303, diverged: [], refetch: ["3"] },
    ]);
  });

  test("is told again when it is missed again, and not fetched so soon", () => {
    const watch = new BookWatch();
    const books = new WatchedBooks(5);
    books.miss(3, 100);
    expect(looks(watch, books, 100, 110)).toHaveLength(1);
    books.prove(3, 111);
    expect(looks(watch, books, 111, 120)).toEqual([]);
    books.miss(3, 120);
    expect(looks(watch, books, 121, 690)).toEqual([{ atS: 123, diverged: ["3"], refetch: [] }]);
  });

  test("is let be when a proof comes in time, and when none ever came", () => {
    const watch = new BookWatch();
    const books = new WatchedBooks(5);
    books.open(5);
    books.miss(5, 100, 200);
    books.miss(3, 100);
    expect(looks(watch, books, 100, 101)).toEqual([]);
    books.prove(3, 102);
    expect(looks(watch, books, 102, 300)).toEqual([]);
  });

  test("has diverged at the end if it is missed for more than a second", () => {
    const watch = new BookWatch();
    const books = new WatchedBooks(5);
    books.miss(3, 98);
    books.miss(4, 99.5);
    const { diverged, refetch } = ended(watch, books, 100);
    expect(diverged.map(({ tokenId }) => tokenId)).toEqual(["3"]);
    expect(refetch).toEqual([]);
    expect(ended(watch, books, 100).diverged).toEqual([]);
  });

  test("is not looked at where it is another socket's that ends", () => {
    const watch = new BookWatch();
    const books = new WatchedBooks(5);
    books.miss(3, 98);
    const others = new Set(["2", "4"]);
    expect(watch.end(100 * SECOND_US, books.list, others).diverged).toEqual([]);
    expect(ended(watch, books, 100).diverged).toHaveLength(1);
  });

  test("once is let be, however long nothing follows", () => {
    const watch = new BookWatch();
    const books = new WatchedBooks(5);
    books.miss(3, 100, 100);
    expect(looks(watch, books, 100, 1_000)).toEqual([]);
    expect(ended(watch, books, 1_001).diverged).toEqual([]);
    books.miss(3, 100, 1_001);
    expect(ended(watch, books, 1_001).diverged).toHaveLength(1);
    expect(looks(watch, books, 1_001, 1_010)).toHaveLength(1);
  });

  test("waits for a drift to show while others begin to miss, then is fetched at a pace", () => {
    const watch = new BookWatch();
    const books = new WatchedBooks(100);
    for (let market = 0; market < 19; market++) books.miss(2 * market, 100);
    const seen = looks(watch, books, 100, 130);
    expect(seen[0]!.atS).toBe(110);
    expect(seen[0]!.diverged).toHaveLength(19);
    expect(seen.map(({ refetch }) => refetch.length)).toEqual([5, 5, 5, 4]);
    expect(new Set(seen.flatMap(({ refetch }) => refetch)).size).toBe(19);
    expect(watch.isDrifting).toBe(false);
  });
});

describe("a recipe that drifts", () => {
  /** In each second another market begins to miss, those before go on. */
  function drifting(books: WatchedBooks, marketsPerS: number, fromS: number, atS: number): void {
    const markets = Math.min(books.list.length / 2, (atS - fromS + 1) * marketsPerS);
    for (let market = 0; market < markets; market++) {
      const missedFromS = fromS + Math.floor(market / marketsPerS);
      for (const token of [2 * market, 2 * market + 1]) books.miss(token, missedFromS, atS);
    }
  }

  test.each([
    [100, 3],
    [1_000, 30],
    [25, 3],
  ])(
    "is no divergence of any of %d markets, %d more of which miss each second",
    (markets, perS) => {
      const watch = new BookWatch();
      const books = new WatchedBooks(markets);
      const drifts: number[] = [];
      for (let atS = 100; atS < 300; atS++) {
        drifting(books, perS, 100, atS);
        const { diverged, refetch, drift } = watch.look((atS + 0.5) * SECOND_US, books.list);
        expect([...diverged, ...refetch]).toEqual([]);
        if (drift !== undefined) drifts.push(atS);
      }
      expect(drifts).toHaveLength(1);
      expect(drifts[0]).toBeLessThan(107);
      expect(watch.isDrifting).toBe(true);
      expect(watch.driftFromUs).toBe(100 * SECOND_US);
      expect(ended(watch, books, 300).diverged).toEqual([]);
    },
  );

  test("is seen among tokens that are silent, and not in too few of those that are not", () => {
    const silent = new WatchedBooks(1_000);
    for (let market = 0; market < 20; market++) silent.miss(2 * market, 100);
    expect(new BookWatch().look(101 * SECOND_US, silent.list).drift).toBe("begun");
    const heard = new WatchedBooks(1_000);
    for (let token = 0; token < 2_000; token++) heard.prove(token, 99);
    for (let market = 0; market < 100; market++) heard.miss(2 * market, 100);
    for (let market = 0; market < 100; market++) heard.miss(2 * market + 1, 100);
    expect(new BookWatch().look(101 * SECOND_US, heard.list).drift).toBeUndefined();
    heard.miss(200, 100);
    expect(new BookWatch().look(101 * SECOND_US, heard.list).drift).toBe("begun");
  });

  test("does not begin again with what it ended with, nor end with who came back before", () => {
    const watch = new BookWatch();
    const books = new WatchedBooks(30);
    for (let token = 0; token < 60; token++) books.miss(token, 100);
    expect(watch.look(102 * SECOND_US, books.list).drift).toBe("begun");
    for (let token = 0; token < 5; token++) books.prove(token, 103);
    expect(watch.look(103 * SECOND_US, books.list).drift).toBe("ended");
    for (let atS = 104; atS < 120; atS++) {
      expect(watch.look(atS * SECOND_US, books.list).drift).toBeUndefined();
    }
    for (let token = 5; token < 60; token++) books.prove(token, 120);
    for (let token = 20; token < 60; token++) books.miss(token, 121);
    expect(watch.look(123 * SECOND_US, books.list).drift).toBe("begun");
    expect(watch.look(124 * SECOND_US, books.list).drift).toBeUndefined();
  });

  test("is seen in tokens whose markets are not known, each a market of its own", () => {
    const books = new WatchedBooks(15);
    for (let token = 0; token < 20; token++) books.miss(token, 100);
    const nameless = books.list.map((book) => ({ ...book, market: "" }));
    expect(new BookWatch().look(101 * SECOND_US, books.list).drift).toBeUndefined();
    expect(new BookWatch().look(101 * SECOND_US, nameless).drift).toBe("begun");
  });

  test("is over when tokens are proven again; only what is missed from then on is suspected", () => {
    const watch = new BookWatch();
    const books = new WatchedBooks(30);
    for (let token = 0; token < 60; token++) books.miss(token, 100);
    expect(watch.look(102 * SECOND_US, books.list).drift).toBe("begun");
    expect(watch.look(103 * SECOND_US, books.list).drift).toBeUndefined();
    for (let token = 0; token < 4; token++) books.prove(token, 150);
    expect(watch.look(152 * SECOND_US, books.list).drift).toBeUndefined();
    books.prove(4, 152);
    expect(watch.look(153 * SECOND_US, books.list).drift).toBe("ended");
    expect(watch.isDrifting).toBe(false);
    expect(looks(watch, books, 154, 400)).toEqual([]);
    books.miss(3, 400);
    expect(looks(watch, books, 401, 410)).toEqual([{ atS: 403, diverged: ["3"], refetch: ["3"] }]);
    // One that is missed on and on, while the others are proven, is wrong all the same.
    books.miss(59, 100, 411);
    expect(looks(watch, books, 412, 420)).toEqual([
      { atS: 412, diverged: ["59"], refetch: ["59"] },
    ]);
  });
});
