import { describe, expect, test } from "bun:test";
import { changesOfMessages } from "./changes-of-messages.ts";
import { FIGURES, recordingsOf, type StreamChange, streamFigures } from "./stream-statistics.ts";

/** Lines of `ms side price size`, each a message of its own. */
function stream(...lines: string[]): StreamChange[] {
  return lines.map((line, message) => {
    const [ms, side, price = "", size = ""] = line.split(" ");
    return { ms: Number(ms), side: side === "B" ? "BUY" : "SELL", price, size, message };
  });
}

describe("the figures of a stream", () => {
  test("tell its times by moments", () => {
    const figures = streamFigures(
      stream(
        "0 B 0.5 1",
        "0 B 0.4 1",
        "0 B 0.3 1",
        "20 B 0.5 2",
        "100 B 0.5 3",
        "120 B 0.4 2",
        "120 B 0.5 4",
        "280 B 0.5 5",
      ),
    );
    expect(figures.meanGapMs).toBe(70);
    expect(figures.medianGap).toBeCloseTo(80 / 70);
    expect(figures.longGap).toBeCloseTo(160 / 70);
    expect(figures.sameMoment).toBeCloseTo(3 / 7);
    expect(figures.batched).toBeCloseTo(3 / 8);
    expect(figures.changesPerBurst).toBeCloseTo(8 / 3);
    expect(figures.changesPerMessage).toBe(1);
  });

  test("leave out what lies between two recordings", () => {
    const changes = stream("0 B 0.5 1", "10 B 0.5 2", "900000 B 0.5 3", "900030 B 0.5 4");
    expect(recordingsOf(changes).map(({ length }) => length)).toEqual([2, 2]);
    expect(streamFigures(changes).meanGapMs).toBe(20);
  });

  test("count messages, not moments, for the changes a message", () => {
    const changes = stream("0 B 0.5 1", "0 B 0.4 1", "5 B 0.5 2").map((change) => ({
      ...change,
      message: change.ms,
    }));
    expect(streamFigures(changes).changesPerMessage).toBe(1.5);
  });

  test("tell sizes by what a level had before", () => {
    const figures = streamFigures(
      stream(
        "0 B 0.5 10",
        "1 B 0.5 30.5",
        "2 S 0.5 10",
        "3 B 0.5 10",
        "4 B 0.5 0",
        "5 B 0.5 30.50",
        "6 B 0.5 7",
      ),
    );
    expect(figures.removals).toBeCloseTo(1 / 7);
    expect(figures.tens).toBeCloseTo(3 / 6);
    expect(figures.commonSteps).toBe(1);
    expect(figures.backAndForth).toBeCloseTo(1 / 4);
    expect(figures.knownSizes).toBeCloseTo(2 / 4);
  });

  test("count only the commonest differences as common", () => {
    const sizes = Array.from({ length: 31 }, (_, i) => (i * (i + 1)) / 2);
    const changes = stream(...sizes.map((size, i) => `${i} B 0.5 ${size}`));
    expect(streamFigures(changes).commonSteps).toBeCloseTo(20 / 30);
  });

  test("tell levels by side and price", () => {
    const figures = streamFigures(
      stream(
        "0 B 0.5 1",
        "1 B 0.50 2",
        "2 S 0.5 1",
        "3 S 0.52 1",
        "4 S 0.53 1",
        "5 S 0.54 1",
        "6 S 0.55 1",
        "7 S 0.52 2",
        "8 S 0.51 1",
      ),
    );
    expect(figures.topLevels).toBeCloseTo(7 / 9);
    expect(figures.sameLevel).toBeCloseTo(1 / 8);
    expect(figures.recentLevel).toBeCloseTo(2 / 8);
    expect(figures.sideSwitches).toBeCloseTo(1 / 8);
    expect(figures.distance).toBeCloseTo((0 + 2 + 1 + 1 + 1 + 3 + 1) / 7);
  });

  test("measure distance in the finest tick that the stream uses", () => {
    const figures = streamFigures(stream("0 B 0.5 1", "1 B 0.498 1"));
    expect(figures.distance).toBeCloseTo(2);
  });

  test("forget a level after eight other changes", () => {
    const others = Array.from({ length: 8 }, (_, i) => `${i + 1} B 0.${11 + i} 1`);
    expect(streamFigures(stream("0 B 0.5 1", ...others, "9 B 0.5 2")).recentLevel).toBe(0);
    expect(streamFigures(stream("0 B 0.5 1", ...others.slice(1), "9 B 0.5 2")).recentLevel).toBe(
      1 / 8,
    );
  });

  test("show order by how far it compresses", () => {
    const regular = stream(...Array.from({ length: 500 }, (_, i) => `${i * 5} B 0.5 ${i % 2}`));
    const irregular = stream(
      ...Array.from({ length: 500 }, (_, i) => `${i * 5} B 0.5 ${(i * i * 7919) % 10_007}`),
    );
    expect(streamFigures(regular).compressedBytes).toBeLessThan(0.2);
    expect(streamFigures(irregular).compressedBytes).toBeGreaterThan(1);
  });

  test("are the labelled ones, and NaN where there is nothing to measure", () => {
    const figures = streamFigures(stream("0 B 0.5 1"));
    expect(Object.keys(figures).sort()).toEqual(Object.keys(FIGURES).sort());
    expect(figures.meanGapMs).toBeNaN();
    expect(figures.backAndForth).toBeNaN();
    expect(figures.changesPerMessage).toBe(1);
  });
});

describe("changes of messages", () => {
  const entry = (asset_id: string, price: string, side: string) => ({
    asset_id,
    price,
    size: "9",
    side,
    hash: "h",
    best_bid: "0.1",
    best_ask: "0.9",
  });
  const present = {
    market: "m",
    price_changes: [entry("1", "0.4", "BUY"), entry("2", "0.6", "SELL"), entry("1", "0.3", "BUY")],
    timestamp: "1000",
    event_type: "price_change",
  };
  const old = {
    asset_id: "1",
    changes: [
      { price: "0.41", side: "BUY", size: "0" },
      { price: "0.43", side: "SELL", size: "9" },
    ],
    event_type: "price_change",
    hash: "h",
    market: "m",
    timestamp: 2000,
  };
  const book = { event_type: "book", asset_id: "1", timestamp: "900", bids: [], asks: [] };

  test("come from the present form, one token's only", () => {
    const texts = [`${JSON.stringify([book])}\n`, JSON.stringify(present)];
    expect([...changesOfMessages(texts, "1")]).toEqual([
      { ms: 1000, side: "BUY", price: "0.4", size: "9", message: 1 },
      { ms: 1000, side: "BUY", price: "0.3", size: "9", message: 1 },
    ]);
    expect([...changesOfMessages(texts, "2")].map(({ side }) => side)).toEqual(["SELL"]);
  });

  test("come from the old form, and from arrays that mix both", () => {
    const texts = [JSON.stringify(old), JSON.stringify([present, book, old])];
    const changes = [...changesOfMessages(texts, "1")];
    expect(changes.map(({ ms, price, message }) => [ms, price, message])).toEqual([
      [2000, "0.41", 0],
      [2000, "0.43", 0],
      [1000, "0.4", 1],
      [1000, "0.3", 1],
      [2000, "0.41", 1],
      [2000, "0.43", 1],
    ]);
    expect([...changesOfMessages([JSON.stringify(old)], "2")]).toEqual([]);
  });
});
