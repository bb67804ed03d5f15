import { describe, expect, test } from "bun:test";
import Decimal from "decimal.js";
import fc from "fast-check";
import { Book } from "../../src/book/book.ts";
import { bookLevels } from "../../src/book/event-levels.ts";
import { restoredLevels, storedLevels } from "../../src/book/stored-levels.ts";
import { TokenBook } from "../../src/book/token-book.ts";
import type { Keyframe, StoredValue } from "../../src/format/block.ts";
import { type Level, levelsText } from "../../src/format/level.ts";
import { type MarketEvent, marketEvent } from "../../src/format/market-event.ts";
import { decode } from "../../src/polymarket/decode.ts";
import { messages } from "../random-messages.ts";
import { eventsOf, RecordedBlocks } from "../recorded-blocks.ts";
import { TOY_IMPLIED, ToyVenue } from "./toy-venue.ts";

const TOKEN = "1001";
const PRICES = ["0.4", "0.41", "0.42", "0.5", "0.50", ".5", "5e-1", "0.1", "1e-3"];
const SIZES = ["1", "10", "2.50", "2.5", "0", "0.0", "0e1"];

const levels: fc.Arbitrary<Level[]> = fc.array(
  fc.tuple(fc.constantFrom(...PRICES), fc.constantFrom(...SIZES)),
  { maxLength: 6 },
);

type Step =
  | { readonly kind: "book"; readonly bids: Level[]; readonly asks: Level[]; readonly ms: number }
  /** The book as it stands, sent again with some levels changed. */
  | { readonly kind: "again"; readonly change: Level[]; readonly ms: number }
  | { readonly kind: "change"; readonly level: Level; readonly side: string; readonly ms: number }
  | { readonly kind: "tick" | "trade"; readonly text: string };

const ms = fc.integer({ min: 1, max: 50 });
const steps: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant("book" as const), bids: levels, asks: levels, ms }),
  fc.record({ kind: fc.constant("again" as const), change: levels, ms }),
  fc.record({
    kind: fc.constant("change" as const),
    level: fc.tuple(fc.constantFrom(...PRICES, "x", ""), fc.constantFrom(...SIZES, "y")),
    side: fc.constantFrom("BUY", "SELL", "buy", "?"),
    ms,
  }),
  fc.record({ kind: fc.constantFrom("tick" as const, "trade" as const), text: fc.string() }),
);

const wire = ([price, size]: Level) => ({ price, size });

function eventOf(step: Step, book: TokenBook): MarketEvent {
  const common = { asset_id: TOKEN, timestamp: "ms" in step ? String(step.ms) : "1" };
  switch (step.kind) {
    case "book": {
      const sides = { bids: step.bids.map(wire), asks: step.asks.map(wire) };
      return marketEvent("book", { ...common, ...sides });
    }
    case "again": {
      const now = book.keyframe();
      const changed = new Map([...(now?.bids ?? []), ...step.change]);
      const bids = [...changed].toSorted(([a], [b]) => new Decimal(a).cmp(b)).map(wire);
      return marketEvent("book", { ...common, bids, asks: (now?.asks ?? []).map(wire) });
    }
    case "change": {
      const [price, size] = step.level;
      return marketEvent("price_change", { ...common, price, size, side: step.side });
    }
    case "tick":
      return marketEvent("tick_size_change", { ...common, new_tick_size: step.text });
    default:
      return marketEvent("last_trade_price", { ...common, price: step.text });
  }
}

const IMPLIED = { market: "0xm", tokenId: TOKEN };

function newBook(): TokenBook {
  return new TokenBook({ ...IMPLIED, maySearch: () => true });
}

function receive(book: TokenBook, event: MarketEvent, takenUs = 1) {
  const levels = event.type === "book" ? bookLevels(event) : undefined;
  const { values } = levels === undefined ? event : book.stored(event, levels);
  return { values, verdict: book.take(event, levels, takenUs) };
}

describe("what a token's book stores of its events", () => {
  test("comes back as the same texts, and the same books, from any block's start on", () => {
    fc.assert(
      fc.property(fc.array(steps, { maxLength: 25 }), fc.nat(), (stream, cut) => {
        const recorded = new RecordedBlocks(IMPLIED);
        const events: MarketEvent[] = [];
        let before: Keyframe | null = null;
        stream.forEach((step, i) => {
          if (i === cut % stream.length) {
            recorded.close();
            before = recorded.book.keyframe();
          }
          events.push(eventOf(step, recorded.book));
          recorded.append(events.at(-1)!);
        });
        const blocks = recorded.blocks();
        expect(blocks.flatMap((block) => eventsOf(block, IMPLIED))).toEqual(events);
        if (blocks.length === 2) expect(blocks[1]!.keyframe).toEqual(before);
      }),
      { numRuns: 800 },
    );
  });

  test("restores random messages of the wire", () => {
    fc.assert(
      fc.property(fc.array(messages, { maxLength: 8 }), (texts) => {
        const recorded = new RecordedBlocks(IMPLIED);
        const events = texts.flatMap(decode).map(({ event }) => event);
        for (const event of events) recorded.append(event);
        expect(recorded.blocks().flatMap((block) => eventsOf(block, IMPLIED))).toEqual(events);
      }),
      { numRuns: 400 },
    );
  });

  function stored(before: Level[], after: Level[]): StoredValue {
    const book = newBook();
    const sent = (bids: Level[]) => marketEvent("book", { bids: bids.map(wire), asks: [] });
    receive(book, sent(before));
    return receive(book, sent(after)).values[0]!;
  }

  const BIDS: Level[] = [
    ["0.1", "1"],
    ["0.2", "2"],
    ["0.3", "3"],
  ];

  test("is nothing for a side that is the same", () => {
    expect(stored(BIDS, BIDS)).toEqual({ mode: "same", levels: [] });
  });

  test("is the levels that differ, with size 0 for one that is gone", () => {
    const after: Level[] = [BIDS[0]!, ["0.3", "4"]];
    expect(stored(BIDS, after)).toEqual({ mode: "whole", levels: after });
    const more: Level[] = [BIDS[0]!, ["0.3", "4"], ["0.4", "4"], ["0.5", "4"]];
    expect(stored([...BIDS, ["0.4", "4"], ["0.5", "4"]], more)).toEqual({
      mode: "changed",
      levels: [
        ["0.2", "0"],
        ["0.3", "4"],
      ],
    });
  });

  test("is the level again where only its spelling differs", () => {
    const after: Level[] = [BIDS[0]!, ["0.20", "2"], BIDS[2]!];
    expect(stored(BIDS, after)).toEqual({ mode: "changed", levels: [["0.20", "2"]] });
  });

  test.each([
    [
      "unsorted",
      [
        ["0.3", "3"],
        ["0.1", "1"],
        ["0.2", "2"],
      ],
    ],
    [
      "with a price twice",
      [
        ["0.1", "1"],
        ["0.1", "1"],
        ["0.2", "2"],
        ["0.3", "3"],
      ],
    ],
    [
      "with a level of size zero",
      [
        ["0.1", "1"],
        ["0.2", "0"],
        ["0.3", "3"],
      ],
    ],
  ] as [string, Level[]][])("is the whole side if it is %s", (_, after) => {
    expect(stored(BIDS, after)).toEqual({ mode: "whole", levels: after });
  });

  test("is the text itself if it is spaced, or no list of levels", () => {
    for (const bids of [
      '[{"price":"0.1", "size":"1"}]',
      '"[]"',
      '"x"',
      "7",
      '[{"price":"a","size":"1"}]',
    ]) {
      const text = `{"event_type":"book","asset_id":"1","bids":${bids},"asks":[]}`;
      const { event } = decode(text)[0]!;
      const { values } = receive(newBook(), event);
      const at = event.shape.slots.findIndex(({ key }) => key === "bids");
      if (bids !== '"[]"') expect(values[at]).toBe(event.values[at]!);
    }
  });
});

describe("verdicts", () => {
  const book = (timestamp: string) =>
    marketEvent("book", { timestamp, bids: [{ price: "0.1", size: "1" }], asks: [] });
  const change = (timestamp: string) =>
    marketEvent("price_change", { timestamp, price: "0.2", size: "5", side: "BUY" });

  test("before the first book nothing is applied", () => {
    const running = newBook();
    expect(receive(running, change("5")).verdict).toBe("no-book");
    expect(running.keyframe()).toBeNull();
  });

  test("a change stamped before its book is stale and not applied", () => {
    const running = newBook();
    receive(running, book("10"));
    const before = running.keyframe();
    expect(receive(running, change("9")).verdict).toBe("stale");
    expect(running.keyframe()).toEqual(before);
    expect(receive(running, change("10")).verdict).toBeUndefined();
    expect(running.keyframe()!.bids).toEqual([
      ["0.1", "1"],
      ["0.2", "5"],
    ]);
  });

  test("a change stamped long before a book that came long ago is new: the venue's clock was set", () => {
    const running = newBook();
    receive(running, book("1000000"), 5_000_000);
    expect(receive(running, change("9"), 14_000_000).verdict).toBe("stale");
    expect(receive(running, change("9"), 16_000_000).verdict).toBeUndefined();
    expect(running.keyframe()!.bids).toHaveLength(2);
  });
});

test("an opening book does not explain the hash of a change that came to a wrong book", () => {
  const venue = new ToyVenue();
  const texts = [venue.bookText("1000", true), venue.bid("1001", "0.3", "1")];
  venue.apply({ price: "0.2", size: "9", side: "BUY" });
  texts.push(venue.bid("1002", "0.31", "1"), venue.bookText("1002", true));
  texts.push(venue.bid("1003", "0.32", "1"), venue.bid("1004", "0.33", "1"));
  const running = new TokenBook({ ...TOY_IMPLIED, maySearch: () => true });
  const verdicts = new Map<number, string>();
  running.judged = ({ rows, verdict }) => rows.forEach((row) => void verdicts.set(row, verdict));
  for (const text of texts) receive(running, [decode(text)].flat()[0]!.event);
  running.pass(3_000_000);
  running.end();
  expect([1, 2, 3, 4, 5, 6].map((row) => verdicts.get(row))).toEqual([
    "matched",
    "matched",
    "missed",
    "matched",
    "matched",
    "matched",
  ]);
});

test("each row is judged for good once, duplicates that were none too", () => {
  const venue = new ToyVenue();
  const first = venue.bid("1001", "0.41", "5");
  const texts = [venue.bookText("1000", true), first, venue.bid("1002", "0.41", "0")];
  texts.push(venue.bid("1003", "0.3", "1"), first);
  venue.apply({ price: "0.41", size: "5", side: "BUY" });
  texts.push(venue.bid("1004", "0.3", "2"), venue.bid("1005", "0.3", "3"));
  const running = new TokenBook({ ...TOY_IMPLIED, maySearch: () => true });
  const rows: number[] = [];
  running.judged = (judged) => void (judged.isProvisional || rows.push(...judged.rows));
  for (const text of texts) receive(running, decode(text)[0]!.event);
  running.end();
  expect(rows.toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7]);
});

describe("a book", () => {
  test("holds each price once, whatever its spelling, and gives its sides in order", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom(...PRICES), fc.constantFrom(...SIZES))),
        (all) => {
          const book = new Book();
          const expected = new Map<number, Level>();
          for (const [price, size] of all) {
            book.set("asks", price, size);
            if (Number(size) === 0) expected.delete(Number(price));
            else expected.set(Number(price), [price, size]);
          }
          const sorted = [...expected].toSorted(([a], [b]) => b - a).map(([, level]) => level);
          expect(book.side("asks")).toEqual(sorted);
          expect(book.side("bids")).toEqual([]);
        },
      ),
      { numRuns: 300 },
    );
  });

  test("resolves what it stored as the difference to any other side", () => {
    fc.assert(
      fc.property(
        levels,
        levels,
        fc.constantFrom("bids" as const, "asks" as const),
        (a, b, side) => {
          const book = new Book();
          book.replace({ bids: a, asks: a });
          const current = book.side(side);
          const restored = restoredLevels(side, current, storedLevels(side, current, b));
          expect(levelsText(restored)).toBe(levelsText(b));
        },
      ),
      { numRuns: 800 },
    );
  });
});
