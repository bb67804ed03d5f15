import { describe, expect, test } from "bun:test";
import { RecentEntries } from "../../src/book/duplicates.ts";
import { GroupVerifier } from "../../src/book/group-verifier.ts";
import type { JudgedGroup } from "../../src/book/judged-group.ts";
import { PlainBook } from "./plain-hash.ts";

const HASH = "0123456789abcdef0123456789abcdef01234567";
const ENTRY = { timestamp: "5", price: "0.4", size: "10", side: "bids", hash: HASH };

describe("an entry", () => {
  test("is a duplicate of an equal one of the last 32, whatever came between", () => {
    const recent = new RecentEntries();
    expect(recent.take(ENTRY, false)).toBe(false);
    for (let i = 0; i < 31; i++)
      expect(recent.take({ ...ENTRY, size: `${i}.5` }, false)).toBe(false);
    expect(recent.take(ENTRY, false)).toBe(true);
    expect(recent.take({ ...ENTRY, size: "99" }, false)).toBe(false);
    expect(recent.take(ENTRY, false)).toBe(false);
  });

  test("is none if anything differs, in the open group, or without a hash", () => {
    const recent = new RecentEntries();
    recent.take(ENTRY, false);
    const others = [
      { timestamp: "6" },
      { price: "0.41" },
      { size: "1" },
      { side: "asks" },
      { hash: HASH.replace("7", "8") },
      { hash: HASH.replace("0", "1") },
      { timestamp: "", price: "50.4" },
      { price: "0.41", size: "0" },
    ];
    for (const other of others) expect(recent.take({ ...ENTRY, ...other }, false)).toBe(false);
    expect(recent.take(ENTRY, true)).toBe(false);
    expect(recent.take({ ...ENTRY, hash: "" }, false)).toBe(false);
    expect(recent.take({ ...ENTRY, hash: "" }, false)).toBe(false);
  });
});

const VALUES = { minOrderSize: "5", tickSize: "0.01", negRisk: false, lastTradePrice: "0.500" };

/** A verifier with its opening book, and the venue's own book beside it. */
function opened() {
  const judged: JudgedGroup[] = [];
  const plain = new PlainBook();
  plain.replace({ bids: [["0.4", "10"]], asks: [["0.6", "10"]] });
  const hashAt = (timestamp: string, values = VALUES) =>
    plain.hash({ market: "0xm", tokenId: "1", timestamp, recipe: "10", values });
  const verifier = new GroupVerifier({
    market: "0xm",
    tokenId: "1",
    judged: (group) => void judged.push(group),
    maySearch: () => true,
  });
  const { tickSize, lastTradePrice } = VALUES;
  const stamped = { takenUs: 1, timestamp: "1", hash: hashAt("1") };
  verifier.takeBook({ row: 1, levels: plain.levels(), ...stamped, tickSize, lastTradePrice });
  const change = (row: number, price: string, size: string, values = VALUES) => {
    plain.set("bids", price, size);
    const timestamp = String(row);
    const best = { bestBid: plain.bestBid, bestAsk: plain.bestAsk };
    const hash = hashAt(timestamp, values);
    verifier.takeEntry({
      row,
      takenUs: row,
      side: "bids",
      price,
      size,
      timestamp,
      hash,
      ...best,
    });
  };
  return { verifier, judged, plain, change };
}

const NEXT_VALUES = { ...VALUES, lastTradePrice: "0.490" };

describe("an entry that was taken for a duplicate", () => {
  test("is applied after all if the next hash needs it", () => {
    const { verifier, judged, plain, change } = opened();
    plain.set("bids", "0.41", "5");
    verifier.takeDuplicate({ row: 2, side: "bids", price: "0.41", size: "5" });
    change(3, "0.39", "1");
    change(4, "0.38", "1");
    verifier.end();
    expect(judged.map(({ verdict }) => verdict)).toEqual(["matched", "matched", "matched"]);
    expect(judged.map(({ proof }) => proof?.restored)).toEqual([[], [2], []]);
    expect(verifier.book.levels()).toEqual(plain.levels());
  });

  test("is applied though the trade's price was not announced yet", () => {
    const { verifier, judged, plain, change } = opened();
    plain.set("bids", "0.41", "5");
    verifier.takeDuplicate({ row: 2, side: "bids", price: "0.41", size: "5" });
    change(3, "0.39", "1", NEXT_VALUES);
    change(4, "0.38", "1", NEXT_VALUES);
    verifier.announcePrice("0.49");
    verifier.end();
    expect(judged.map(({ verdict }) => verdict)).not.toContain("missed");
    expect(judged.flatMap(({ proof }) => proof!.restored)).toEqual([2]);
    expect(verifier.book.levels()).toEqual(plain.levels());
  });

  test("is not applied over a newer size at its price, however that is spelled", () => {
    const { verifier, plain, change } = opened();
    plain.set("bids", "0.41", "5");
    verifier.takeDuplicate({ row: 2, side: "bids", price: "0.41", size: "5" });
    change(3, "0.39", "1", NEXT_VALUES);
    change(4, "0.410", "7", NEXT_VALUES);
    verifier.announcePrice("0.49");
    verifier.end();
    expect(verifier.book.levels()).toEqual(plain.levels());
  });

  /** A duplicate, and a hash that needs it but has a trade's price that nobody knows. */
  function waiting(of: ReturnType<typeof opened>): void {
    const { verifier, plain, change } = of;
    plain.set("bids", "0.41", "5");
    verifier.takeDuplicate({ row: 2, side: "bids", price: "0.41", size: "5" });
    change(3, "0.39", "1", NEXT_VALUES);
    plain.set("bids", "0.41", "0");
  }

  test("stays out of the running book if a later hash was right without it", () => {
    const of = opened();
    waiting(of);
    of.change(4, "0.38", "1");
    of.change(5, "0.37", "1");
    of.verifier.announcePrice("0.49");
    of.verifier.end();
    expect(of.judged.flatMap(({ proof }) => proof!.restored)).toEqual([2]);
    expect(of.verifier.book.levels()).toEqual(of.plain.levels());
  });

  test("stays out of the running book if a later hash, told of before it, was right without it", () => {
    const of = opened();
    waiting(of);
    of.change(4, "0.38", "1", { ...VALUES, lastTradePrice: "0.480" });
    of.change(5, "0.37", "1", { ...VALUES, lastTradePrice: "0.480" });
    of.verifier.announcePrice("0.48");
    of.verifier.announcePrice("0.49");
    expect(of.judged.flatMap(({ proof }) => proof!.restored)).toEqual([2]);
    expect(of.verifier.book.levels()).toEqual(of.plain.levels());
  });

  test("stays out of a book that came after it", () => {
    const of = opened();
    waiting(of);
    const levels = of.plain.levels();
    of.verifier.takeBook({ row: 4, takenUs: 4, levels, timestamp: "4", hash: HASH });
    of.verifier.announcePrice("0.49");
    expect(of.judged.flatMap(({ proof }) => proof?.restored ?? [])).toEqual([2]);
    expect(of.verifier.book.levels()).toEqual(levels);
  });

  test("leaves one alone that came after the hash", () => {
    const of = opened();
    waiting(of);
    of.change(4, "0.41", "6", NEXT_VALUES);
    of.verifier.takeDuplicate({ row: 5, side: "bids", price: "0.42", size: "5" });
    of.verifier.announcePrice("0.49");
    of.verifier.end();
    expect(of.verifier.book.levels()).toEqual(of.plain.levels());
  });

  test("is not forgotten for a change at its price that cannot be read", () => {
    const { verifier, judged, plain } = opened();
    plain.set("bids", "0.41", "5");
    verifier.takeDuplicate({ row: 2, side: "bids", price: "0.41", size: "5" });
    const of = { market: "0xm", tokenId: "1", recipe: "10", values: VALUES } as const;
    const hash = plain.hash({ ...of, timestamp: "3" });
    const unread = { side: "bids", price: "0.41", size: "x", timestamp: "3", hash } as const;
    verifier.takeEntry({ row: 3, takenUs: 3, ...unread });
    verifier.end();
    expect(judged.at(-1)!.proof?.restored).toEqual([2]);
    expect(verifier.book.levels()).toEqual(plain.levels());
  });

  test("stays out if the next hash is right without it", () => {
    const { verifier, judged, plain, change } = opened();
    verifier.takeDuplicate({ row: 2, side: "bids", price: "0.41", size: "5" });
    change(3, "0.39", "1");
    change(4, "0.38", "1");
    verifier.end();
    expect(judged.flatMap(({ proof }) => proof!.restored)).toEqual([]);
    expect(verifier.book.levels()).toEqual(plain.levels());
  });
});

describe("a group", () => {
  test("is judged provisionally by silence, and again when it has grown", () => {
    const { verifier, judged, plain } = opened();
    const best = { bestBid: "0.4", bestAsk: "0.6" };
    const entry = { takenUs: 2, side: "bids" as const, timestamp: "2", ...best };
    const levels = [
      ["0.3", "1"],
      ["0.2", "1"],
    ] as const;
    const hash = (() => {
      for (const [price, size] of levels) plain.set("bids", price, size);
      return plain.hash({
        market: "0xm",
        tokenId: "1",
        timestamp: "2",
        recipe: "10",
        values: VALUES,
      });
    })();
    verifier.takeEntry({ ...entry, row: 2, price: "0.3", size: "1", hash });
    verifier.silence();
    expect(judged).toHaveLength(1);
    verifier.takeEntry({ ...entry, row: 3, price: "0.2", size: "1", hash });
    verifier.silence();
    verifier.silence();
    verifier.end();
    expect(judged.slice(1)).toMatchObject([
      { rows: [2, 3], isProvisional: true, verdict: "matched" },
      { rows: [2, 3], isProvisional: false, verdict: "matched", proof: { isBestRight: true } },
    ]);
  });

  test("is judged anew when it has grown, by what it was said to be with its rows of then", () => {
    const { verifier, judged, plain } = opened();
    plain.set("bids", "0.3", "1");
    const of = { market: "0xm", tokenId: "1", recipe: "10", values: VALUES } as const;
    const hash = plain.hash({ ...of, timestamp: "2" });
    const entry = { takenUs: 2, side: "bids", timestamp: "2", hash } as const;
    verifier.takeEntry({ ...entry, row: 2, price: "0.3", size: "1" });
    verifier.silence();
    verifier.takeEntry({ ...entry, row: 3, price: "0.2", size: "0" });
    verifier.silence();
    verifier.takeEntry({ ...entry, row: 4, price: "0.1", size: "9" });
    verifier.end();
    const told = judged.slice(1).map(({ rows, verdict }) => [...rows, verdict]);
    expect(told).toEqual([
      [2, "matched"],
      [2, 3, "matched"],
      [2, 3, 4, "unverifiable"],
    ]);
  });

  test("is matched, not late, if what it needs was announced before its last change", () => {
    const { verifier, judged, plain } = opened();
    const prices = ["0.3", "0.2"];
    for (const price of prices) plain.set("bids", price, "1");
    const of = { market: "0xm", tokenId: "1", recipe: "10", values: NEXT_VALUES } as const;
    const hash = plain.hash({ ...of, timestamp: "2" });
    for (const [i, price] of prices.entries()) {
      const entry = { side: "bids", price, size: "1", timestamp: "2", hash } as const;
      verifier.takeEntry({ row: 2 + i, takenUs: 2, ...entry });
      verifier.announcePrice("0.49");
    }
    verifier.end();
    expect(judged.at(-1)).toMatchObject({ rows: [2, 3], verdict: "matched" });
  });

  test("names wrong best prices, and those that its entries do not agree on", () => {
    const { verifier, judged, plain } = opened();
    const take = (row: number, price: string, timestamp: string, bestBid?: string) => {
      plain.set("bids", price, "1");
      const of = { market: "0xm", tokenId: "1", timestamp, recipe: "10" as const, values: VALUES };
      const side = "bids" as const;
      const bestAsk = bestBid && "0.6";
      const best = { bestBid, bestAsk };
      const hash = plain.hash(of);
      verifier.takeEntry({
        row,
        takenUs: row,
        side,
        price,
        size: "1",
        timestamp,
        hash,
        ...best,
      });
    };
    take(2, "0.3", "2", "0.4");
    take(3, "0.2", "3", "0.40");
    take(4, "0.1", "4");
    verifier.end();
    const found = judged.slice(1).map(({ proof }) => proof?.isBestRight);
    expect(found).toEqual([true, false, undefined]);
  });

  test("without a hash that can be one is not judged", () => {
    const { verifier, judged } = opened();
    const entry = { takenUs: 2, side: "bids" as const, price: "0.3", size: "1" };
    for (const [row, hash] of ["", "A".repeat(40), HASH.slice(1)].entries()) {
      verifier.takeEntry({ ...entry, row: row + 2, timestamp: "2", hash });
    }
    verifier.end();
    const verdicts = judged.slice(1).map(({ verdict }) => verdict);
    expect(verdicts).toEqual(["unverifiable", "unverifiable", "unverifiable"]);
  });

  test("waits in a bounded number of others, and not for ever", () => {
    const { verifier, judged, change } = opened();
    verifier.book.set("bids", "0.35", "1");
    const count = (wanted: string) => judged.filter(({ verdict }) => verdict === wanted).length;
    const givenUp = () => count("missed") + count("unverifiable");
    for (let row = 2; row < 102; row++) change(row, "0.3", String(row));
    // The last one is open, 32 wait.
    expect(givenUp()).toBe(100 - 1 - 32);
    verifier.expire(100);
    expect(givenUp()).toBeGreaterThan(100 - 1 - 3);
    change(102, "0.3", "102");
    verifier.expire(1_000);
    // The others were not searched for: see `VainSearches`.
    expect([count("missed"), count("unverifiable")]).toEqual([3, 97]);
  });

  test("that its end cuts off is not missed: what explains it may have been under way", () => {
    const { verifier, judged, change } = opened();
    verifier.book.set("bids", "0.35", "1");
    for (let row = 2; row < 5; row++) change(row, "0.3", String(row));
    verifier.end();
    const verdicts = judged.slice(1).map(({ verdict }) => verdict);
    expect(verdicts).toEqual(["unverifiable", "unverifiable", "unverifiable"]);
  });
});
