import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { PolybotError } from "../../src/format/error.ts";
import { PACKED_DEPTH_MAX } from "../../src/format/limits.ts";
import { asText, decodeValue, encodeValue, exactText } from "../../src/format/packed-value.ts";

const leaf = fc.oneof(
  fc.maxSafeInteger(),
  fc.double({ noNaN: true }).filter((number) => !Object.is(number, -0)),
  fc.boolean(),
  fc.constant(null),
  fc.string({ unit: "grapheme", maxLength: 300 }).filter((text) => !text.startsWith("\ufeff")),
  fc.uint8Array({ maxLength: 300 }),
);

const values = fc.letrec((tie) => ({
  value: fc.oneof({ maxDepth: PACKED_DEPTH_MAX }, leaf, tie("list"), tie("map")),
  list: fc.array(tie("value"), { maxLength: 40 }),
  map: fc.dictionary(
    fc.string({ unit: "grapheme" }).filter((key) => key !== "__proto__" && key !== "\ufeff"),
    tie("value"),
    { noNullPrototype: true },
  ),
})).value;

describe("a packed value", () => {
  test("comes back as it was", () => {
    fc.assert(
      fc.property(values, (value) => {
        expect(decodeValue(encodeValue(value))).toEqual(value);
      }),
      { numRuns: 500 },
    );
  });

  test("cut short at any byte is damage", () => {
    fc.assert(
      fc.property(values, (value) => {
        const bytes = encodeValue(value);
        for (let cut = 0; cut < Math.min(bytes.length, 200); cut++) {
          expect(() => decodeValue(bytes.subarray(0, cut))).toThrow(PolybotError);
        }
      }),
      { numRuns: 100 },
    );
  });

  test("of any bytes at all is a value or damage", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 30 }), (bytes) => {
        try {
          decodeValue(bytes);
        } catch (error) {
          if (!(error instanceof PolybotError)) throw error;
        }
      }),
      { numRuns: 5000 },
    );
  });

  test("may be nested as deep as the limit says, and not one more", () => {
    const nested = (depth: number): unknown => (depth === 0 ? 1 : [nested(depth - 1)]);
    expect(decodeValue(encodeValue(nested(PACKED_DEPTH_MAX)))).toEqual(nested(PACKED_DEPTH_MAX));
    expect(() => decodeValue(encodeValue(nested(PACKED_DEPTH_MAX + 1)))).toThrow(PolybotError);
  });
});

test("a text that starts with a byte order mark comes back with it", () => {
  for (const text of ["\ufeff", `\ufeff${"x".repeat(1000)}`, `x\ufeff${"x".repeat(1000)}`]) {
    expect(asText(decodeValue(encodeValue(exactText(text))))).toBe(text);
  }
});
