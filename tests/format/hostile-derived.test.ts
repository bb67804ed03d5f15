import { describe, expect, test } from "bun:test";
import { decodeBlock } from "../../src/format/block-reader.ts";
import { BlockWriter } from "../../src/format/block-writer.ts";
import { decodeHeader, encodeChunk } from "../../src/format/chunk.ts";
import type { Level } from "../../src/format/level.ts";
import { BARE_PLACE, marketEvent } from "../../src/format/market-event.ts";
import { decode } from "../../src/polymarket/decode.ts";
import { seededRandom } from "../../src/ports/random.ts";
import { checkBlockHashes } from "../../src/read/block-hashes.ts";
import { TOY_IMPLIED, ToyVenue } from "../book/toy-venue.ts";
import {
  encodeHead,
  HEADER_BYTES,
  type OpenedBlock,
  openBlock,
  withBlock,
} from "../hostile-bytes.ts";
import { RecordedBlocks } from "../recorded-blocks.ts";
import { readWholeBlock } from "../whole-block.ts";
import { HOSTILE_VALUES, pathsOf } from "./hostile-heads.ts";

/** Only a hang is meant to fail. */
const SLOW_CORE_MS = 60_000;
const MIB = 2 ** 20;
const GROWTH_MAX = 300 * MIB;

const read = (chunk: Uint8Array) => readWholeBlock(chunk, TOY_IMPLIED);

/** A block with groups, quotes, trades that change the recipe, and a price off the grid. */
const BLOCK = (() => {
  const venue = new ToyVenue();
  const recorded = new RecordedBlocks(TOY_IMPLIED);
  const { market, tokenId: asset_id } = TOY_IMPLIED;
  const texts = [venue.bookText("1000", true)];
  for (let i = 1; i < 40; i++) {
    const time = String(1000 + (i >> 1));
    if (i % 8 === 0) {
      const price = `0.${40 + i}`;
      venue.values = { ...venue.values, lastTradePrice: `${price}0` };
      const fields = { market, asset_id, price, size: "1", event_type: "last_trade_price" };
      texts.push(JSON.stringify(fields));
    }
    texts.push(venue.bid(time, i === 20 ? "0.123456" : `0.${10 + (i % 7)}`, String(i % 5)));
    const quote = { market, asset_id, ...venue.best, timestamp: time, event_type: "best_bid_ask" };
    if (i % 5 === 0) texts.push(JSON.stringify(quote));
    if (i % 11 === 0) texts.push(venue.bookText(time, false));
  }
  for (const { event, place } of texts.flatMap(decode)) {
    recorded.append(event, { receivedUs: 1000, socket: 1, place });
  }
  recorded.end();
  const { content, packed } = recorded.finished[0]!;
  return encodeChunk(7, 1, content, packed);
})();

function withHead(name: keyof OpenedBlock["head"], value: unknown): Uint8Array {
  return withBlock(BLOCK, ({ head }) => {
    head[name] = value;
    return undefined;
  });
}

function decoded(chunk: Uint8Array) {
  const header = decodeHeader(chunk)!;
  const stored = chunk.subarray(HEADER_BYTES, HEADER_BYTES + header.storedLength);
  return decodeBlock(header, stored, TOY_IMPLIED);
}

test("the sample has all that is derived", () => {
  const block = decoded(BLOCK);
  const { derived, literal, failure } = checkBlockHashes(block, TOY_IMPLIED);
  expect({ failure, literal }).toEqual({ failure: undefined, literal: 0 });
  expect(derived).toBeGreaterThan(40);
  expect(block.recipeChanges.length).toBeGreaterThan(3);
  expect(block.evidence.last).toHaveLength(20);
});

describe("a block with derived hashes gives rows or an expected error:", () => {
  test("every place of its head set to whatever", () => {
    let refused = 0;
    const paths = pathsOf(openBlock(BLOCK).head);
    for (const path of paths) {
      for (const value of HOSTILE_VALUES) {
        const chunk = withBlock(BLOCK, ({ head }) => {
          let at = head as Record<string | number, unknown>;
          for (const step of path.slice(0, -1)) at = at[step] as typeof at;
          at[path.at(-1)!] = value;
          return undefined;
        });
        if (read(chunk) === "refused") refused++;
      }
    }
    expect(paths.length).toBeGreaterThan(40);
    expect(refused).toBeGreaterThan(paths.length * HOSTILE_VALUES.length * 0.8);
  });

  test(
    "columns with random bytes, bits and lengths, or one constant in their place",
    () => {
      const random = seededRandom(23);
      const below = (limit: number) => Math.floor(random() * limit);
      const counts = { read: 0, refused: 0 };
      for (let run = 0; run < 1200; run++) {
        const chunk = withBlock(BLOCK, ({ head, columns }) => {
          const described = head.columns as number[];
          const at = below(described.length);
          const own = described.slice(0, at).filter((number) => number % 4 !== 2).length;
          if (described[at]! % 4 === 2 || below(4) === 0) {
            if (described[at]! % 4 !== 2) columns.splice(own, 1);
            described[at] = [0, 1, 2, 3, 127, 128, 255, 256, 2 ** 40][below(9)]! * 4 + 2;
            return undefined;
          }
          const column = columns[own]!.slice(0, below(8) === 0 ? below(9) : undefined);
          for (let i = 0; i <= below(3); i++) column[below(column.length)]! ^= 1 << below(8);
          columns[own] = column;
          described[at] = column.length * 4;
          return undefined;
        });
        counts[read(chunk)]++;
      }
      expect(counts.read).toBeGreaterThan(50);
      expect(counts.refused).toBeGreaterThan(300);
    },
    SLOW_CORE_MS,
  );

  test("a head without one of its new items", () => {
    for (const name of ["last_hash", "recipe"] as const) {
      const chunk = withBlock(BLOCK, ({ head: { [name]: _, ...rest } }) => encodeHead(rest));
      expect(read(chunk)).toBe("refused");
    }
  });

  test("no recipe for its hashes is damage, an unknown one is told", () => {
    expect(() => decoded(withHead("recipe", null))).toThrow("a hash has no recipe");
    const chunk = withHead("recipe", ["11", "5", false]);
    expect(checkBlockHashes(decoded(chunk), TOY_IMPLIED).failure).toContain("a newer polybot");
    expect(read(chunk)).toBe("refused");
  });

  test.each([
    [
      "a hash that is the same as the next one, where there is none",
      "price_change",
      2,
      "of no book",
    ],
    ["a hash from a source that is none", "price_change", 5, "a hash is from an unknown source"],
    [
      "best prices from a source that is none",
      "best_bid_ask",
      1,
      "best prices are from an unknown",
    ],
  ] as const)("%s", (_, type, number, message) => {
    const venue = new ToyVenue();
    const { market, tokenId: asset_id } = TOY_IMPLIED;
    const recorded = new RecordedBlocks(TOY_IMPLIED);
    recorded.append(decode(venue.bookText("1", true))[0]!.event);
    const change = { price: "0.41", size: "5", side: "BUY" };
    if (type === "price_change") venue.apply(change);
    const own = type === "price_change" ? { ...change, hash: venue.hash("2") } : venue.best;
    recorded.append(marketEvent(type, { market, asset_id, ...own, timestamp: "2" }));
    recorded.end();
    const { content, packed } = recorded.finished[0]!;
    const chunk = encodeChunk(7, 1, content, packed);
    expect(read(chunk)).toBe("read");
    const hostile = withBlock(chunk, ({ head, columns }) => {
      // One number of the last sparse column is not the foreseen one: where, and which less one.
      const parameters = columns[0]!;
      parameters[parameters.length - 1] = 1;
      const at = type === "price_change" ? 1 : 0;
      head.columns = [...(head.columns as number[]), at * 4 + 2, number * 4 + 2];
      return undefined;
    });
    expect(() => decoded(hostile)).toThrow(message);
  });

  test("another recipe, order size or risk contradicts the evidence", () => {
    for (const recipe of [
      ["9", "5", false],
      ["10", "15", false],
      ["10", "5", true],
    ]) {
      const chunk = withHead("recipe", recipe);
      const { failure } = checkBlockHashes(decoded(chunk), TOY_IMPLIED);
      expect(failure).toBe("its hashes are not those that the venue sent");
    }
  });

  test("other evidence, or another last hash, is contradicted by the hashes", () => {
    for (const name of ["evidence", "last_hash"] as const) {
      for (const value of [new Uint8Array(), new Uint8Array(20)]) {
        const chunk = withHead(name, value);
        const { failure } = checkBlockHashes(decoded(chunk), TOY_IMPLIED);
        expect(failure).toBe("its hashes are not those that the venue sent");
      }
      const long = withHead(name, new Uint8Array(21));
      expect(read(long)).toBe("refused");
    }
  });
});

test("books of many levels, again and again, take bounded memory", () => {
  const levels: Level[] = Array.from({ length: 10_000 }, (_, i) => [`${i + 1}.5`, "1"]);
  const keyframe = { bids: levels, asks: [], tickSize: null, lastTradePrice: null };
  const writer = new BlockWriter(TOY_IMPLIED, 1, keyframe);
  const { type, shape } = marketEvent("book", { bids: [], asks: [] });
  const same = { mode: "same", levels: [] } as const;
  for (let i = 0; i < 10; i++) {
    const arrival = { receivedUs: 1, socket: 0, place: BARE_PLACE };
    writer.add({ type, shape, values: [same, same], verdict: "missed", ...arrival });
  }
  const { content, packed } = writer.finish();
  const chunk = encodeChunk(7, 1, content, packed);
  expect(chunk.length).toBeLessThan(10_000);
  const before = process.resourceUsage().maxRSS * 1024;
  expect(read(chunk)).toBe("read");
  expect(process.resourceUsage().maxRSS * 1024 - before).toBeLessThan(GROWTH_MAX / 2);
});
