import { expect, test } from "bun:test";
import fc from "fast-check";
import { writeMillionths, writeTime } from "../../src/book/digit-bytes.ts";
import { MILLIONTHS_MAX, textOfMillionths } from "../../src/format/decimal.ts";

const ROOM = 24;

function written(write: (bytes: Uint8Array) => number): string {
  const bytes = new Uint8Array(ROOM).fill(120);
  const end = write(bytes);
  // One byte before and all behind are another's.
  expect(Buffer.from(bytes).toString().replaceAll("x", "").length).toBe(end - 1);
  return Buffer.from(bytes.subarray(1, end)).toString();
}

test("a plain decimal is written as it is spelled", () => {
  const edges = [0, 1, 10, 100_000, 999_999, 1_000_000, 9_999_999, 10_000_000, 470_000];
  const large = [2 ** 31 * 1e6 - 1, 2 ** 31 * 1e6, MILLIONTHS_MAX];
  const small = fc.integer({ min: 0, max: 10_000_000 });
  const any = fc.integer({ min: 0, max: MILLIONTHS_MAX });
  fc.assert(
    fc.property(fc.oneof(fc.constantFrom(...edges, ...large), small, any), (millionths) => {
      const text = written((bytes) => {
        const end = writeMillionths(bytes, 1, millionths);
        // The places that were tried behind the last digit are no part of it.
        bytes.fill(120, end);
        return end;
      });
      expect(text).toBe(textOfMillionths(millionths));
    }),
    { numRuns: 2000 },
  );
});

test("a time of thirteen digits is written as it is", () => {
  fc.assert(
    fc.property(fc.integer({ min: 10 ** 12, max: 10 ** 13 - 1 }), (ms) => {
      const text = written((bytes) => {
        writeTime(bytes, 1, ms);
        return 14;
      });
      expect(text).toBe(String(ms));
    }),
    { numRuns: 2000 },
  );
});
