import { describe, expect, test } from "bun:test";
import type { BlockRow, Keyframe } from "../../src/format/block.ts";
import { type Block, decodeBlock } from "../../src/format/block-reader.ts";
import { BlockWriter } from "../../src/format/block-writer.ts";
import { decodeHeader, encodeChunk } from "../../src/format/chunk.ts";
import { PolybotError } from "../../src/format/error.ts";
import { type Random, seededRandom } from "../../src/ports/random.ts";
import { HEADER_BYTES, openBlock, withBlock } from "../hostile-bytes.ts";
import { plainRows } from "../plain-rows.ts";
import { CHANGE_IMPLIED, ChangeRows } from "./change-blocks.ts";

/** Only a hang is meant to fail. */
const SLOW_CORE_MS = 60_000;

function chunkOf(rows: readonly BlockRow[], keyframe: Keyframe | null): Uint8Array {
  const writer = new BlockWriter(CHANGE_IMPLIED, 1, keyframe);
  for (const row of rows) writer.add(row);
  const { content, packed } = writer.finish();
  return encodeChunk(7, 1, content, packed);
}

function read(chunk: Uint8Array): Block {
  const header = decodeHeader(chunk)!;
  const stored = chunk.subarray(HEADER_BYTES, HEADER_BYTES + header.storedLength);
  return decodeBlock(header, stored, CHANGE_IMPLIED);
}

describe("a stream of changes comes back", () => {
  test.each([0, 0.02, 0.2, 0.7])(
    "with %d of all unusual",
    (oddness) => {
      for (let seed = 0; seed < 60; seed++) {
        const made = new ChangeRows(seededRandom(seed), oddness);
        const keyframe = seed % 3 === 0 ? null : plainOnly(made.keyframe());
        const rows = made.rows(1 + ((seed * 7) % 300));
        const block = read(chunkOf(rows, keyframe));
        expect(block.keyframe).toEqual(keyframe);
        expect(plainRows(block)).toEqual(rows);
      }
    },
    SLOW_CORE_MS,
  );

  test("in far fewer bytes if it is usual", () => {
    const rows = new ChangeRows(seededRandom(1), 0).rows(1000);
    const noHashes = rows.map((row) => {
      const values = row.values.map((value, i) =>
        row.shape.slots[i]!.key === "hash" ? "" : value,
      );
      return { ...row, values };
    });
    expect(chunkOf(rows, null).length).toBeLessThan(27 * 1000);
    // Half of the sizes are of ten million, and levels are picked at random.
    expect(chunkOf(noHashes, null).length - 3 * 1000).toBeLessThan(8 * 1000);
  });

  test("with an update or two in little more than their keys and hashes", () => {
    const [row] = new ChangeRows(seededRandom(1), 0).rows(1);
    expect(chunkOf([row!], null).length).toBeLessThan(180);
  });
});

/** A keyframe of decimals only, as a book has them. */
function plainOnly(keyframe: Keyframe): Keyframe {
  const isDecimal = (text: string) => /^-?\d*\.?\d+$/.test(text);
  const only = (levels: Keyframe["bids"]) => levels.filter((level) => level.every(isDecimal));
  return { ...keyframe, bids: only(keyframe.bids), asks: only(keyframe.asks) };
}

describe("a damaged stream of changes gives rows or an expected error:", () => {
  const random = seededRandom(3);
  const made = new ChangeRows(seededRandom(2), 0.02);
  const chunk = chunkOf(made.rows(300), plainOnly(made.keyframe()));

  /** Changes one of the columns, sound checksums all around. */
  function damage(edit: (column: Uint8Array, random: Random) => Uint8Array): number {
    let refused = 0;
    for (let run = 0; run < 1500; run++) {
      const damaged = withBlock(chunk, ({ head, columns }) => {
        const at = Math.floor(random() * columns.length);
        columns[at] = edit(columns[at]!, random);
        const lengths = columns.map(({ length }) => length * 4);
        const described = head.columns as number[];
        head.columns = described.map((number) => (number % 4 === 2 ? number : lengths.shift()));
        return undefined;
      });
      try {
        expect(read(damaged).rows).toHaveLength(decodeHeader(chunk)!.records);
      } catch (error) {
        if (!(error instanceof PolybotError)) throw error;
        expect(error.code).toBe("DAMAGED");
        refused++;
      }
    }
    return refused;
  }

  test(
    "flipped bits",
    () => {
      damage((column, next) => {
        const changed = column.slice();
        const bit = Math.floor(next() * changed.length * 8);
        if (changed.length > 0) changed[bit >> 3]! ^= 1 << (bit & 7);
        return changed;
      });
    },
    SLOW_CORE_MS,
  );

  test(
    "columns cut short or grown, always noticed",
    () => {
      const refused = damage((column, next) => {
        if (next() < 0.5 && column.length > 0) {
          return column.slice(0, Math.floor(next() * column.length));
        }
        const grown = new Uint8Array(column.length + 1 + Math.floor(next() * 9));
        grown.set(column);
        return grown;
      });
      expect(refused).toBe(1500);
    },
    SLOW_CORE_MS,
  );

  test(
    "random bytes",
    () => {
      damage((column, next) => column.map(() => Math.floor(next() * 256)));
    },
    SLOW_CORE_MS,
  );

  test(
    "constants in place of columns",
    () => {
      for (const value of [0, 1, 127, 128, 207, 208, 255, 256, 2 ** 40]) {
        const count = (openBlock(chunk).head.columns as number[]).length;
        for (let at = 0; at < count; at++) {
          const damaged = withBlock(chunk, ({ head, columns }) => {
            const described = head.columns as number[];
            const own = described.slice(0, at).filter((number) => number % 4 !== 2).length;
            if (described[at]! % 4 !== 2) columns.splice(own, 1);
            described[at] = value * 4 + 2;
            return undefined;
          });
          try {
            read(damaged);
          } catch (error) {
            if (!(error instanceof PolybotError)) throw error;
          }
        }
      }
    },
    SLOW_CORE_MS,
  );
});
