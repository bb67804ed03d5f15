import { PolybotError } from "../format/error.ts";
import { parseDuration } from "../ports/duration.ts";
import { timeUs } from "./time.ts";

const US_PER_MS = 1000;

/**
 * Microseconds since the epoch of a time as people write it: as `timeUs` reads it, or `+5m` for so
 * long after `startUs`. Throws `BAD_INPUT`.
 */
export function momentUs(text: string, startUs: number): number {
  if (!text.startsWith("+")) return timeUs(text);
  const ms = parseDuration(text.slice(1));
  if (ms !== undefined) return startUs + Math.round(ms * US_PER_MS);
  throw new PolybotError("BAD_INPUT", `"${text}" is no time`, {
    hint: "+5m or +30s after the start, a time in ISO 8601, or one since the epoch",
  });
}
