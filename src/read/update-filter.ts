import { isProven, type UpdateType } from "../format/market-event.ts";
import { endUs, type Time, timeUs } from "./time.ts";
import type { Update } from "./update.ts";

/** Whose time is meant: the recorder's at the arrival, or the venue's stamp. */
export type TimeKind = "received" | "venue";

export interface UpdateFilter {
  /** Earliest and latest time, both included. */
  readonly from?: Time | undefined;
  readonly to?: Time | undefined;
  /** Which times these are. The venue stamps no notes: they have their receive time. */
  readonly clock?: TimeKind | undefined;
  readonly types?: readonly UpdateType[] | undefined;
  /** Only updates whose own hash proves the book; of other types none. */
  readonly verified?: boolean | undefined;
}

/** Of the clock that a filter names, microseconds since the epoch, both included. */
export function timesOf({ from, to }: UpdateFilter): { fromUs: number; toUs: number } {
  return {
    fromUs: from === undefined ? Number.NEGATIVE_INFINITY : timeUs(from),
    toUs: to === undefined ? Number.POSITIVE_INFINITY : endUs(to),
  };
}

/** Microseconds since the epoch, by one of both clocks. */
export function timeOfUpdate(update: Update, clock: TimeKind = "received"): number {
  const ms = clock === "venue" ? update.venue_ms : null;
  return ms === null ? update.received_us : ms * 1000;
}

/** Tells which updates a filter lets pass. */
export function passes(filter: UpdateFilter): (update: Update) => boolean {
  const { fromUs, toUs } = timesOf(filter);
  const { clock, verified = false } = filter;
  const types = filter.types && new Set(filter.types);
  return (update) => {
    if (types !== undefined && !types.has(update.update_type)) return false;
    if (verified && !isProven(update.verdict)) return false;
    const us = timeOfUpdate(update, clock);
    return us >= fromUs && us <= toUs;
  };
}
