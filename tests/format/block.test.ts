import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
  type BlockRow,
  FIXED_STREAMS,
  type Keyframe,
  NOTHING_DERIVED,
  type StoredValue,
} from "../../src/format/block.ts";
import { type Block, decodeBlock } from "../../src/format/block-reader.ts";
import { BlockWriter } from "../../src/format/block-writer.ts";
import { decodeHeader, encodeChunk } from "../../src/format/chunk.ts";
import { PolybotError } from "../../src/format/error.ts";
import type { Level, LevelList } from "../../src/format/level.ts";
import {
  BLOCK_ROWS_MAX,
  BLOCK_SHAPES_MAX,
  BLOCK_STREAMS_MAX,
  OBJECT_KEYS_MAX,
} from "../../src/format/limits.ts";
import { BARE_PLACE, rawEvent, UPDATE_TYPES, VERDICTS } from "../../src/format/market-event.ts";
import { entryShapeText, parseShape } from "../../src/format/shape.ts";
import { HEADER_BYTES } from "../hostile-bytes.ts";
import { plainRows } from "../plain-rows.ts";

/** Only a hang is meant to fail. */
const SLOW_CORE_MS = 60_000;

const IMPLIED = { market: "0xm", tokenId: "1001" };
const NOW_US = 1_893_553_445_000_000;

const KEYS = [
  ...["market", "asset_id", "event_type", "timestamp", "price", "size", "hash", "bids", "asks"],
  ...["transaction_hash", "best_bid", "side", "unknown", "__proto__", "", "\u00e9"],
];

const texts = fc.oneof(
  fc.constantFrom("0xm", "1001", "book", "note", "0.41", "0", "0.50", ".5", "1e-3", "-0", ""),
  fc.constantFrom("1700000000000", "017", "9007199254740993", "2251799813685248", "null", "true"),
  fc.constantFrom("ab".repeat(20), "AB".repeat(20), `0x${"cd".repeat(32)}`, "cd".repeat(32)),
  fc.constantFrom("BUY", "SELL", "\ufeff", `\ufeff${"x".repeat(300)}`, "x".repeat(300)),
  fc.string({ unit: "grapheme", maxLength: 6 }),
);

const decimalTexts = fc.constantFrom("0.4", "0.41", "0", "10", "0.50", ".5", "1e-3", "+1", "-2");
const levels: fc.Arbitrary<Level[]> = fc.array(fc.tuple(decimalTexts, decimalTexts), {
  maxLength: 5,
});
const lists: fc.Arbitrary<LevelList> = fc.oneof(
  fc.constant<LevelList>({ mode: "same", levels: [] }),
  fc.record({ mode: fc.constantFrom("changed" as const, "whole" as const), levels }),
);

const objectShape = fc
  .array(fc.tuple(fc.constantFrom(...KEYS), fc.boolean()), { maxLength: 6 })
  .map((slots) => {
    const fields = slots.map(([key, quoted]) => `"${key}": ${quoted ? '"\u0000"' : "\u0000"}`);
    return `{${fields.join(",")}}`;
  });

const shapes = fc
  .oneof(
    objectShape,
    fc.tuple(objectShape, objectShape).map(([element, entry]) => entryShapeText(element, entry)),
  )
  .map(parseShape);

const small = fc.nat({ max: 300 });

const objectRows: fc.Arbitrary<BlockRow> = shapes.chain((shape) =>
  fc.record({
    type: fc.constantFrom(...UPDATE_TYPES),
    verdict: fc.constantFrom(...VERDICTS),
    // Steps back and forth by up to a day.
    receivedUs: fc.integer({ min: -86_400_000_000, max: 86_400_000_000 }).map((us) => NOW_US + us),
    socket: fc.oneof(small, fc.constant(2 ** 32 - 1)),
    place: fc.record({
      element: small,
      elements: small,
      entry: small,
      entries: small,
      newline: fc.boolean(),
    }),
    shape: fc.constant(shape),
    values: fc.tuple(
      ...shape.slots.map(
        ({ key }): fc.Arbitrary<StoredValue> =>
          key === "bids" || key === "asks" ? fc.oneof(texts, lists) : texts,
      ),
    ),
  }),
);

const rawRows: fc.Arbitrary<BlockRow> = fc
  .tuple(objectRows, fc.string({ unit: "grapheme" }))
  .map(([row, text]) => {
    const { type, shape, values } = rawEvent(text);
    return { ...row, type, shape, values };
  });

const rows = fc.oneof({ weight: 5, arbitrary: objectRows }, { weight: 1, arbitrary: rawRows });

const keyframes: fc.Arbitrary<Keyframe | null> = fc.oneof(
  fc.constant(null),
  fc.record({
    bids: levels,
    asks: levels,
    tickSize: fc.option(texts),
    lastTradePrice: fc.option(texts),
  }),
);

function throughChunk(writer: BlockWriter, implied = IMPLIED): Block {
  const { content, packed } = writer.finish();
  const chunk = encodeChunk(7, 1, content, packed);
  const header = decodeHeader(chunk)!;
  const stored = chunk.subarray(HEADER_BYTES, HEADER_BYTES + header.storedLength);
  return decodeBlock(header, stored, implied);
}

function simpleRow(more: Partial<BlockRow> = {}): BlockRow {
  const { type, shape, values } = rawEvent("x");
  const arrival = { receivedUs: NOW_US, socket: 1, place: BARE_PLACE };
  return { type, shape, values, verdict: "unverifiable", ...arrival, ...more };
}

function shapeWithKeys(prefix: string, keys: number) {
  const fields = Array.from({ length: keys }, (_, i) => `"${prefix}${i}":\u0000`);
  const shape = parseShape(`{${fields.join(",")}}`);
  return { shape, values: shape.slots.map(() => "1") };
}

describe("a block", () => {
  test(
    "gives back rows of every type with whatever values, and its keyframe",
    () => {
      fc.assert(
        fc.property(
          fc.array(rows, { minLength: 1, maxLength: 12 }),
          keyframes,
          fc.integer({ min: 1, max: 2 ** 40 }),
          (expected, keyframe, firstSequence) => {
            const writer = new BlockWriter(IMPLIED, firstSequence, keyframe);
            for (const row of expected) writer.add(row);
            const block = throughChunk(writer);
            expect(plainRows(block)).toEqual(expected);
            expect(block.keyframe).toEqual(keyframe);
            expect(block.firstSequence).toBe(firstSequence);
          },
        ),
        { numRuns: 300 },
      );
    },
    SLOW_CORE_MS,
  );

  test("says in its header what it holds, also when the clock stepped back", () => {
    const writer = new BlockWriter(IMPLIED, 9, null);
    for (const step of [0, 5, -100, 3]) writer.add(simpleRow({ receivedUs: NOW_US + step }));
    const { content, packed } = writer.finish();
    expect(content).toMatchObject({ records: 4, minUs: NOW_US - 100, maxUs: NOW_US + 5 });
    expect(content.firstSequence).toBe(9);
    expect(packed.rawLength).toBeGreaterThan(0);
  });

  test("has the evidence of its hashes, odd ones left out", () => {
    const shape = parseShape('{"hash":"\u0000"}');
    const writer = new BlockWriter(IMPLIED, 1, null);
    const [first, second] = ["ab".repeat(20), "cd".repeat(20)];
    for (const hash of [first, "odd", second]) {
      writer.add(simpleRow({ type: "book", shape, values: [hash], verdict: "missed" }));
    }
    writer.add(simpleRow({ type: "book", shape, values: [first], verdict: "shed" }));
    const { all, last } = throughChunk(writer).evidence;
    const hasher = new Bun.CryptoHasher("sha1");
    for (const hash of [first, second, first]) hasher.update(hash, "hex");
    expect(new Uint8Array(all).toHex()).toBe(hasher.digest("hex"));
    expect(new Uint8Array(last).toHex()).toBe(second);
  });

  test("keeps what was said first of a row, also where that waits for the rows before it", () => {
    const writer = new BlockWriter(IMPLIED, 1, null);
    const row = simpleRow();
    for (let i = 0; i < 2; i++) writer.stage(row, row);
    writer.judge([1], { verdict: "matched", ...NOTHING_DERIVED });
    writer.judge([0, 1], { verdict: "missed", ...NOTHING_DERIVED });
    const { rows } = throughChunk(writer);
    expect(rows.map(({ verdict }) => verdict)).toEqual(["missed", "matched"]);
  });

  test("refuses to be read as another market's or token's", () => {
    const writer = new BlockWriter(IMPLIED, 1, null);
    writer.add(simpleRow());
    expect(() => throughChunk(writer, { ...IMPLIED, market: "0xn" })).toThrow("its file's");
    expect(() => throughChunk(writer, { ...IMPLIED, tokenId: "1002" })).toThrow("its file's");
    expect(() => throughChunk(writer, { market: "0x", tokenId: "m1001" })).toThrow("its file's");
  });

  test("stores a number under bids that happens to be the token's id", () => {
    const shape = parseShape('{"bids":\u0000}');
    const writer = new BlockWriter(IMPLIED, 1, null);
    writer.add(simpleRow({ type: "book", shape, values: ["1001"] }));
    expect(throughChunk(writer).rows[0]!.values).toEqual(["1001"]);
  });

  test("costs a few bytes for each update of a steady stream", () => {
    const shape = parseShape('{"asset_id":"\u0000","price":"\u0000","size":"\u0000"}');
    const writer = new BlockWriter(IMPLIED, 1, null);
    for (let i = 0; i < 1000; i++) {
      const values = ["1001", "0.41", "12.5"];
      writer.add(simpleRow({ type: "price_change", shape, values, receivedUs: NOW_US + i * 1000 }));
    }
    expect(writer.finish().packed.stored.length).toBeLessThan(1100);
  });
});

describe("a block's limits", () => {
  test("it takes as many rows as the limit says, and not one more", () => {
    const writer = new BlockWriter(IMPLIED, 1, null);
    for (let i = 0; i < BLOCK_ROWS_MAX; i++) writer.add(simpleRow());
    expect(writer.accepts(simpleRow().shape)).toBe(false);
    expect(() => writer.add(simpleRow())).toThrow(PolybotError);
    expect(throughChunk(writer).rows).toHaveLength(BLOCK_ROWS_MAX);
  });

  test("it takes as many shapes, and then only known ones", () => {
    const writer = new BlockWriter(IMPLIED, 1, null);
    const of = (i: number) => parseShape(`{${" ".repeat(i)}"a":\u0000}`);
    for (let i = 0; i < BLOCK_SHAPES_MAX; i++) writer.add(simpleRow({ shape: of(i) }));
    expect(writer.accepts(of(BLOCK_SHAPES_MAX))).toBe(false);
    expect(writer.accepts(of(0))).toBe(true);
    expect(throughChunk(writer).rows).toHaveLength(BLOCK_SHAPES_MAX);
  });

  test("whatever it accepts can be read, however many keys and levels it holds", () => {
    const writer = new BlockWriter(IMPLIED, 1, { ...EMPTY_KEYFRAME, bids: [["1", "1"]] });
    for (let i = 0; ; i++) {
      const wide = shapeWithKeys(`${i}-`, 60);
      if (!writer.accepts(wide.shape)) break;
      writer.add(simpleRow(wide));
    }
    expect(throughChunk(writer).rows.length).toBeGreaterThan(2);
  });

  test("it counts the streams of levels that a row may bring", () => {
    const writer = new BlockWriter(IMPLIED, 1, null);
    writer.add(simpleRow(shapeWithKeys("a", OBJECT_KEYS_MAX)));
    writer.add(simpleRow(shapeWithKeys("b", OBJECT_KEYS_MAX)));
    const left = BLOCK_STREAMS_MAX - 2 * OBJECT_KEYS_MAX;
    expect(writer.accepts(shapeWithKeys("c", left - FIXED_STREAMS.length).shape)).toBe(true);
    expect(writer.accepts(shapeWithKeys("c", left - FIXED_STREAMS.length + 1).shape)).toBe(false);
  });

  test("a new block accepts the widest shape that a message can give", () => {
    const { shape: element } = shapeWithKeys("a", OBJECT_KEYS_MAX - 1);
    const { shape: entry } = shapeWithKeys("b", OBJECT_KEYS_MAX);
    const text = `${element.text.slice(0, -1)},"bids":\u0000}`;
    const shape = parseShape(entryShapeText(text, entry.text));
    const writer = new BlockWriter(IMPLIED, 1, null);
    expect(writer.accepts(shape)).toBe(true);
    const list: LevelList = { mode: "whole", levels: [["1", "2"]] };
    const values = shape.slots.map(({ key }): StoredValue => (key === "bids" ? list : "1"));
    writer.add(simpleRow({ shape, values }));
    expect(throughChunk(writer).rows[0]!.values).toEqual(values);
  });

  test.each([NOW_US + 0.5, -1, Number.NaN, 2 ** 52])("%p is no receive time", (receivedUs) => {
    const writer = new BlockWriter(IMPLIED, 1, null);
    expect(() => writer.add(simpleRow({ receivedUs }))).toThrow(PolybotError);
  });

  test("the latest receive time comes back", () => {
    const writer = new BlockWriter(IMPLIED, 1, null);
    for (const receivedUs of [2 ** 52 - 1, 0, 2 ** 52 - 1]) writer.add(simpleRow({ receivedUs }));
    expect(throughChunk(writer).rows.map(({ receivedUs }) => receivedUs)).toEqual([
      2 ** 52 - 1,
      0,
      2 ** 52 - 1,
    ]);
  });
});

const EMPTY_KEYFRAME: Keyframe = { bids: [], asks: [], tickSize: null, lastTradePrice: null };
