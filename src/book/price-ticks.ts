const ZERO = 48;
const POINT = 46;

/** Ten-thousandths of a dollar, the finest tick of the venue, in a dollar. */
const PLACES = 4;
const ONE = 10 ** PLACES;

/** What a Uint16 holds. */
export const TICKS_MAX = 0xffff;

const MILLIONTHS_PER_TICK = 100;

/** The same for a price in millionths: -1 if it is finer, or over 6.5535. */
export function ticksOf(millionths: number): number {
  const ticks = Math.floor(millionths / MILLIONTHS_PER_TICK);
  return ticks * MILLIONTHS_PER_TICK === millionths && ticks <= TICKS_MAX ? ticks : -1;
}

/**
 * A price in ten-thousandths, or -1 if it is none: finer, over 6.5535, or spelled with a sign or
 * an exponent. Other spellings of one price (`0.50`, `.5`) give the same number.
 */
export function priceTicks(source: Uint8Array, start: number, end: number): number {
  let ticks = 0;
  let unit = ONE;
  let digits = 0;
  let isFraction = false;
  for (let at = start; at < end; at++) {
    const code = source[at]!;
    const digit = code - ZERO;
    if (digit >= 0 && digit <= 9) {
      digits++;
      if (isFraction) {
        // Behind the fourth place the unit is a fraction: only zeros may stand there.
        unit /= 10;
        if (unit >= 1) ticks += digit * unit;
        else if (digit !== 0) return -1;
      } else {
        ticks = ticks * 10 + digit * ONE;
        if (ticks > TICKS_MAX) return -1;
      }
    } else if (code === POINT && !isFraction) {
      isFraction = true;
    } else {
      return -1;
    }
  }
  return digits === 0 || ticks > TICKS_MAX ? -1 : ticks;
}

/** How a size reads: `odd` is what only exact arithmetic can tell, or no number at all. */
export type SizeKind = "zero" | "more" | "odd";

export function sizeKind(source: Uint8Array, start: number, end: number): SizeKind {
  let points = 0;
  let isMore = false;
  for (let at = start; at < end; at++) {
    const code = source[at]!;
    if (code > ZERO && code <= ZERO + 9) isMore = true;
    else if (code === POINT) points++;
    else if (code !== ZERO) return "odd";
  }
  if (points > 1 || end - start === points) return "odd";
  return isMore ? "more" : "zero";
}
