import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { BitReader, BitWriter } from "../../../src/format/columns/bits.ts";
import {
  lowBits,
  packNumbers,
  signedCoding,
  TOKEN_MAX,
  tokenOf,
  unpackNumbers,
  unpackSigned,
} from "../../../src/format/columns/hybrid.ts";
import { type Packing, packTokens } from "../../../src/format/columns/packing.ts";
import { tabledCoding, unpackTabled } from "../../../src/format/columns/tabled.ts";
import type { Unpacking } from "../../../src/format/columns/unpacking.ts";
import { unpackingOf } from "./packed.ts";

const EDGES = Array.from({ length: 53 }, (_, bit) => [2 ** bit - 1, 2 ** bit]).flat();
const numbers = fc.array(
  fc.oneof(
    fc.nat({ max: 20 }),
    fc.constantFrom(...EDGES, Number.MAX_SAFE_INTEGER),
    fc.maxSafeNat(),
  ),
  { minLength: 1, maxLength: 40 },
);

function roundTrip(
  values: readonly number[],
  pack: (packing: Packing, values: Float64Array) => void,
  unpack: (unpacking: Unpacking, count: number) => Float64Array,
): number[] {
  const unpacking = unpackingOf((packing) => pack(packing, Float64Array.from(values)));
  const back = [...unpack(unpacking, values.length)];
  unpacking.finish();
  return back;
}

describe("hybrid numbers", () => {
  test("have the tokens that the format page states", () => {
    expect([0, 7, 8, 9, 10, 15, 16].map(tokenOf)).toEqual([0, 7, 8, 8, 9, 11, 12]);
    expect(tokenOf(Number.MAX_SAFE_INTEGER)).toBe(TOKEN_MAX);
    expect([7, 8, 12, TOKEN_MAX].map(lowBits)).toEqual([0, 1, 2, 50]);
  });

  test("come back, whatever their magnitudes", () => {
    fc.assert(
      fc.property(numbers, (values) => {
        expect(roundTrip(values, packNumbers, unpackNumbers)).toEqual(values);
      }),
    );
  });

  test("come back with their signs", () => {
    const signed = fc.array(
      fc.oneof(
        fc.integer({ min: -20, max: 20 }),
        fc.constantFrom(2 ** 32 - 1, 2 ** 32, -(2 ** 32) + 1, -(2 ** 32), 2 ** 52 - 1, 1 - 2 ** 52),
      ),
      { minLength: 1, maxLength: 40 },
    );
    fc.assert(
      fc.property(signed, (values) => {
        const back = roundTrip(values, (packing, v) => signedCoding(v).pack(packing), unpackSigned);
        expect(back.map((value) => value + 0)).toEqual(values.map((value) => value + 0));
      }),
    );
  });

  test("come back from a table, however often they come", () => {
    const doubled = numbers.map((values) => [...values, ...values.slice(0, 10)]);
    fc.assert(
      fc.property(doubled, (values) => {
        const back = roundTrip(values, (packing, v) => tabledCoding(v).pack(packing), unpackTabled);
        expect(back).toEqual(values);
      }),
    );
  });

  test("that come twice cost a byte the second time", () => {
    const values = Float64Array.from({ length: 2000 }, (_, i) => 1e9 + (i % 2) * 12_345_678);
    expect(tabledCoding(values).bytes).toBeLessThan(60);
  });

  test("of an unknown token are damage", () => {
    for (const token of [TOKEN_MAX + 1, 255]) {
      const tokens = () => unpackingOf((packing) => packing.add(packTokens(Uint8Array.of(token))));
      expect(() => unpackNumbers(tokens(), 1)).toThrow("token");
    }
    for (const token of [124, 127, 252, 255]) {
      const tokens = unpackingOf((packing) => packing.add(packTokens(Uint8Array.of(token))));
      expect(() => unpackSigned(tokens, 1)).toThrow("token");
    }
  });

  test("without their low bits are damage, and so are bits left over", () => {
    const without = unpackingOf((packing) => packing.add(packTokens(Uint8Array.of(40))));
    expect(() => unpackNumbers(without, 1)).toThrow("bits");
    const over = unpackingOf((packing) => {
      packing.add(packTokens(Uint8Array.of(1)));
      packing.bits.write(1, 1);
    });
    unpackNumbers(over, 1);
    expect(() => over.finish()).toThrow("left over");
  });
});

describe("bits", () => {
  const pieces = fc.array(
    fc.integer({ min: 0, max: 53 }).chain((bits) =>
      fc.record({
        bits: fc.constant(bits),
        value: fc.maxSafeNat().map((value) => value % 2 ** bits),
      }),
    ),
    { maxLength: 60 },
  );

  test("of any lengths come back", () => {
    fc.assert(
      fc.property(pieces, (written) => {
        const writer = new BitWriter();
        for (const { value, bits } of written) writer.write(value, bits);
        const length = written.reduce((sum, { bits }) => sum + bits, 0);
        expect(writer.length).toBe(length);
        const bytes = writer.finish();
        expect(bytes).toHaveLength(Math.ceil(length / 8));
        const reader = new BitReader(bytes);
        for (const { value, bits } of written) expect(reader.read(bits)).toBe(value);
        reader.finish();
      }),
    );
  });
});
