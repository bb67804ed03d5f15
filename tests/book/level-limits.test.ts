import { describe, expect, test } from "bun:test";
import { BlockReplay } from "../../src/book/block-replay.ts";
import { Book } from "../../src/book/book.ts";
import { bookLevels } from "../../src/book/event-levels.ts";
import { HashedBook } from "../../src/book/hashed-book.ts";
import type { Implied } from "../../src/format/block.ts";
import { BlockWriter } from "../../src/format/block-writer.ts";
import { type Level, parseLevels } from "../../src/format/level.ts";
import { BLOCK_LEVELS_MAX, SIDE_LEVELS_MAX } from "../../src/format/limits.ts";
import { type MarketEvent, marketEvent } from "../../src/format/market-event.ts";
import { checkBlockHashes } from "../../src/read/block-hashes.ts";
import { withBlock } from "../hostile-bytes.ts";
import { plainRow } from "../plain-rows.ts";
import { decodedBlock, eventsOf, plainEvent, RecordedBlocks } from "../recorded-blocks.ts";
import { chunkRanges, SAMPLE_HEAD, sampleSegment } from "../sample-segment.ts";
import { readWholeBlock } from "../whole-block.ts";

const IMPLIED: Implied = { market: "0xm", tokenId: "1001" };

/** So many levels at prices on the venue's grid, or between its places. */
function levelsOf(count: number, isOdd = false): Level[] {
  const step = isOdd ? 0.000001 : 0.0001;
  const places = isOdd ? 6 : 4;
  return Array.from({ length: count }, (_, i) => [((i + 1) * step).toFixed(places), "1"]);
}

function bookEvent(bids: readonly Level[]): MarketEvent {
  const listed = bids.map(([price, size]) => ({ price, size }));
  return marketEvent("book", { asset_id: "1001", bids: listed, asks: [], event_type: "book" });
}

describe("a side with as many levels as there may be", () => {
  test.each([
    ["on the grid", false],
    ["beside it", true],
  ])("takes no other, %s, until one goes", (_, isOdd) => {
    const full = levelsOf(SIDE_LEVELS_MAX, isOdd);
    const next = levelsOf(SIDE_LEVELS_MAX + 1, isOdd).at(-1)!;
    for (const book of [new HashedBook("0xm", "1001"), new Book()]) {
      book.replace({ bids: full, asks: [] });
      book.set("bids", next[0], "1");
      expect(book.count).toBe(SIDE_LEVELS_MAX);
      book.set("bids", full[0]![0], "7");
      expect(book.levels().bids[0]).toEqual([full[0]![0], "7"]);
      book.set("bids", full[0]![0], "0");
      book.set("bids", next[0], "1");
      expect(book.count).toBe(SIDE_LEVELS_MAX);
      expect(book.levels().bids.at(-1)).toEqual(next);
      book.set("asks", "0.9", "1");
      expect(book.count).toBe(SIDE_LEVELS_MAX + 1);
    }
  });

  test("is a list; with one more it is none, and is stored as the text that it is", () => {
    const full = bookEvent(levelsOf(SIDE_LEVELS_MAX));
    expect(bookLevels(full)?.bids.length).toBe(SIDE_LEVELS_MAX);
    const over = bookEvent(levelsOf(SIDE_LEVELS_MAX + 1));
    expect(parseLevels(over.values[1]!)).toBeUndefined();
    const recorded = new RecordedBlocks(IMPLIED);
    const events = [full, over, full];
    for (const event of events) recorded.append(event);
    const [block] = recorded.blocks();
    expect(eventsOf(block!, IMPLIED)).toEqual(events.map(plainEvent));
  });
});

test("a writer closes a block before its reader goes through too many levels", () => {
  const recorded = new RecordedBlocks(IMPLIED);
  const levels = levelsOf(3000);
  recorded.append(bookEvent(levels));
  const change = { asset_id: "1001", side: "BUY", event_type: "price_change" };
  for (let i = 0; i < 1000; i++) {
    recorded.append(marketEvent("price_change", { ...change, price: "0.7", size: String(i) }));
  }
  // What is the same costs no byte, and still is a whole book.
  for (let i = 0; i < 200; i++) recorded.append(bookEvent(levels));
  const blocks = recorded.blocks();
  expect(blocks.length).toBeGreaterThan(3);
  expect(blocks.length).toBeLessThan(20);
  for (const block of blocks) {
    expect(checkBlockHashes(block, IMPLIED).failure).toBeUndefined();
    const replay = new BlockReplay(block, IMPLIED);
    for (const row of block.rows.keys()) expect(replay.event(row).values.length).toBeGreaterThan(0);
  }
});

describe("levels that cost no byte are refused, not walked", () => {
  const file = sampleSegment(0x5a17);
  const { start, end } = chunkRanges(file)[1]!;
  const chunk = file.subarray(start, end);

  test("in a keyframe", () => {
    for (const levels of [SIDE_LEVELS_MAX + 1, 2 ** 22, 2 ** 53 - 1]) {
      const hostile = withBlock(chunk, ({ head }) => {
        head.keyframe = [levels, 0, null, null];
        return undefined;
      });
      expect(readWholeBlock(hostile, SAMPLE_HEAD)).toBe("refused");
    }
  });

  test("in books that stand for the one before, a thousand times", () => {
    const recorded = new RecordedBlocks(IMPLIED);
    const many = levelsOf(SIDE_LEVELS_MAX, true);
    recorded.append(bookEvent(many));
    const first = recorded.blocks()[0]!.rows[0]!;
    const same = plainRow(first);
    const at = same.shape.slots.findIndex(({ key }) => key === "bids");
    same.values = same.values.with(at, { mode: "same", levels: [] });
    // As who never looks at the limit: every row is in one block.
    const writer = new BlockWriter(IMPLIED, 1, null);
    for (const row of [first, ...Array.from({ length: 1000 }, () => same)]) writer.add(row);
    const hostile = decodedBlock(writer.finish(), IMPLIED);
    const replay = new BlockReplay(hostile, IMPLIED);
    expect(() => replay.event(Math.ceil(BLOCK_LEVELS_MAX / SIDE_LEVELS_MAX) + 1).values).toThrow(
      "too many levels",
    );
    expect(() => replay.event(50).values).not.toThrow();
  });
});
