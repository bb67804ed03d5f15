import { damaged } from "../damaged.ts";
import { MILLIONTHS_MAX } from "../decimal.ts";

/** A whole unit has so many decimal places. */
const PLACES = 6;

/** The largest power of ten, up to 10^6, that divides all of these millionths: its exponent. */
export function unitOf(millionths: Float64Array): number {
  let exponent = PLACES;
  let unit = 10 ** PLACES;
  for (let i = 0; i < millionths.length; i++) {
    while (!isMultiple(millionths[i]!, unit)) {
      exponent--;
      unit /= 10;
    }
  }
  return exponent;
}

/** Remainders of doubles are slow; a quotient that is whole is exact. */
export function isMultiple(value: number, unit: number): boolean {
  return Math.floor(value / unit) * unit === value;
}

export function checkUnit(exponent: number): number {
  if (exponent > PLACES) throw damaged("a unit is out of range");
  return 10 ** exponent;
}

export function checkMillionths(value: number): number {
  if (value < 0 || value > MILLIONTHS_MAX) throw damaged("a number is out of range");
  return value;
}

/**
 * A decimal as it waits for its block, in the largest of three units that it is whole in: prices
 * are hundredths or ten thousandths and sizes hundredths, and millionths cost a byte or two more.
 */
export function stagedDecimal(millionths: number): number {
  if (isMultiple(millionths, 10_000)) return (millionths / 10_000) * 3;
  return isMultiple(millionths, 100) ? (millionths / 100) * 3 + 1 : millionths * 3 + 2;
}

export function unstagedDecimal(staged: number): number {
  // Nearly all are small, and remainders of doubles are slow.
  const form = staged < 2 ** 31 ? (staged | 0) % 3 : staged % 3;
  const whole = (staged - form) / 3;
  if (form === 0) return whole * 10_000;
  return form === 1 ? whole * 100 : whole;
}
