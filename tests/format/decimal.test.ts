import { describe, expect, test } from "bun:test";
import Decimal from "decimal.js";
import fc from "fast-check";
import {
  compareDecimals,
  isDecimal,
  MILLIONTHS_MAX,
  millionthsOf,
  normalDecimal,
  textOfMillionths,
} from "../../src/format/decimal.ts";

const digits = (min: number, max: number) =>
  fc.stringMatching(new RegExp(`^[0-9]{${min},${max}}$`), { maxLength: max });

/** Decimals in every spelling: signs, exponents, missing and superfluous digits. */
export const decimals = fc
  .tuple(
    fc.constantFrom("", "", "", "-", "+"),
    fc.oneof(
      fc.tuple(digits(1, 10), fc.constant("")),
      fc.tuple(digits(1, 4), digits(0, 8)).map(([whole, places]) => [whole, `.${places}`] as const),
      digits(1, 8).map((places) => ["", `.${places}`] as const),
    ),
    fc.constantFrom("", "", "", "e0", "E2", "e-3", "e+05"),
  )
  .map(([sign, [whole, places], exponent]) => sign + whole + places + exponent);

describe("plain decimals", () => {
  test("millionths spell back to the same text, up to the largest", () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (number) => {
        const millionths = number % (MILLIONTHS_MAX + 1);
        const text = textOfMillionths(millionths);
        expect(millionthsOf(text)).toBe(millionths);
        expect(new Decimal(text).times(1e6).toNumber()).toBe(millionths);
      }),
      { numRuns: 2000 },
    );
    expect(textOfMillionths(MILLIONTHS_MAX)).toBe("2251799813.685248");
    expect(millionthsOf("2251799813.685248")).toBe(MILLIONTHS_MAX);
  });

  test("a text is plain exactly if its millionths spell it", () => {
    fc.assert(
      fc.property(fc.oneof(decimals, fc.string({ maxLength: 8 })), (text) => {
        const millionths = millionthsOf(text);
        if (millionths >= 0) expect(textOfMillionths(millionths)).toBe(text);
        else if (isDecimal(text)) {
          const exact = new Decimal(text).times(1e6);
          const isWhole = exact.isInteger() && !exact.isNegative() && exact.lte(MILLIONTHS_MAX);
          if (isWhole) expect(textOfMillionths(exact.toNumber())).not.toBe(text);
        }
      }),
      { numRuns: 3000 },
    );
  });

  test.each([
    ["0", 0],
    ["1", 1_000_000],
    ["0.5", 500_000],
    ["0.000001", 1],
    ["10.01", 10_010_000],
  ])("%s is plain", (text, millionths) => {
    expect(millionthsOf(text)).toBe(millionths);
  });

  test.each([
    ...[
      "",
      ".",
      ".5",
      "5.",
      "0.50",
      "0.0",
      "00",
      "01",
      "1e-3",
      "-1",
      "+1",
      "0.0000001",
      " 1",
      "1 ",
    ],
    ...["2251799813.685249", "99999999999999999", "1,0", "\u0661", "0x1", "1.2.3"],
  ])("%p is not plain and keeps its text", (text) => {
    expect(millionthsOf(text)).toBe(-1);
  });
});

describe("any decimal", () => {
  test("normalDecimal gives one spelling for each value", () => {
    fc.assert(
      fc.property(decimals, decimals, (a, b) => {
        expect(new Decimal(normalDecimal(a)).eq(a)).toBe(true);
        expect(normalDecimal(a) === normalDecimal(b)).toBe(new Decimal(a).eq(b));
      }),
      { numRuns: 2000 },
    );
  });

  test.each(["0.50", ".5", "5e-1", "+0.5", "0.5"])("normalDecimal of %s is 0.5", (text) => {
    expect(normalDecimal(text)).toBe("0.5");
  });

  test.each(["0", "-0", "0.0", "-0e5", ".0"])("normalDecimal of %s is 0", (text) => {
    expect(normalDecimal(text)).toBe("0");
  });

  test("compareDecimals orders as exact arithmetic does", () => {
    fc.assert(
      fc.property(decimals, decimals, (a, b) => {
        expect(Math.sign(compareDecimals(a, b)) + 0).toBe(new Decimal(a).cmp(b) + 0);
      }),
      { numRuns: 2000 },
    );
  });

  test("isDecimal takes every spelling, but no exponent of more than two digits", () => {
    fc.assert(fc.property(decimals, (text) => expect(isDecimal(text)).toBe(true)));
    for (const text of ["", ".", "e5", "1e", "NaN", "Infinity", "0x10", "1e9999", "1\n", "--1"]) {
      expect(isDecimal(text)).toBe(false);
    }
  });
});
