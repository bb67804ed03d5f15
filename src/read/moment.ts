import { PolybotError } from "../format/error.ts";
import { parseDuration } from "../ports/duration.ts";
import { timeUs } from "./time.ts";

const US_PER_MS = 1000;

/** Microseconds of a text such as `+5m`, which counts from a start; `undefined` for any other. */
function offsetUs(text: string): number | undefined {
  const ms = text.startsWith("+") ? parseDuration(text.slice(1)) : undefined;
  return ms === undefined ? undefined : Math.round(ms * US_PER_MS);
}

/**
 * Microseconds since the epoch of a time as people write it: as `read` reads it, or `+5m` for so
 * long after `startUs`. Throws `BAD_INPUT`.
 */
export function momentUs(
  text: string,
  startUs: number,
  read: (text: string) => number = timeUs,
): number {
  const offset = offsetUs(text);
  if (offset !== undefined) return startUs + offset;
  try {
    return read(text);
  } catch (cause) {
    throw new PolybotError("BAD_INPUT", `"${text}" is no time`, {
      hint: "+5m after the start, ISO 8601, or milliseconds or microseconds since the epoch",
      cause,
    });
  }
}
