import { PolybotError } from "../format/error.ts";

/**
 * A moment: a `Date`, a text in ISO 8601 (UTC unless it says otherwise), or a number since the
 * epoch, of milliseconds below 10^14 (the year 5138), else of microseconds (from 1973 on).
 */
export type Time = number | string | Date;

const MICROSECONDS_FROM = 1e14;
const US_PER_MS = 1000;
const NS_PER_US = 1000n;

/** Microseconds since the epoch. Throws `BAD_INPUT`. */
export function timeUs(time: Time): number {
  if (time instanceof Date) return checked(time.getTime() * US_PER_MS, String(time));
  if (typeof time === "string" && !/^\d+$/.test(time)) return checked(isoUs(time), time);
  const number = Number(time);
  return checked(number < MICROSECONDS_FROM ? number * US_PER_MS : number, String(time));
}

/** The last microsecond of a moment: one that is given in milliseconds is a whole one long. */
export function endUs(time: Time): number {
  const us = timeUs(time);
  const isExact =
    typeof time === "number"
      ? time >= MICROSECONDS_FROM
      : typeof time === "string" && (/\.\d{4}/.test(time) || Number(time) >= MICROSECONDS_FROM);
  return isExact ? us : us + US_PER_MS - 1;
}

function isoUs(text: string): number {
  const withTime = /^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00` : text;
  const zoned = /(Z|[+-]\d{2}(:?\d{2})?)$/i.test(withTime.slice(10)) ? withTime : `${withTime}Z`;
  try {
    return Number(Temporal.Instant.from(zoned).epochNanoseconds / NS_PER_US);
  } catch {
    return Number.NaN;
  }
}

function checked(us: number, text: string): number {
  if (Number.isSafeInteger(us) && us >= 0) return us;
  throw new PolybotError("BAD_INPUT", `"${text}" is no time`, {
    hint: "2026-11-22T13:00:00Z, or milliseconds or microseconds since the epoch",
  });
}
