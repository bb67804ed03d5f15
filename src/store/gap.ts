import { type MarketEvent, marketEvent } from "../format/market-event.ts";

/** A run of updates that were applied but are not in the store, until a note tells of it. */
export interface Gap {
  readonly cause: string;
  /** Receive times of the first and last, whole microseconds since the epoch. */
  readonly fromUs: number;
  readonly toUs: number;
  readonly updates: number;
}

/** What goes down with a block that cannot be written. */
export interface Toll {
  /** Its rows without the session's own notes. */
  readonly updates: number;
  /** Updates of which its gap notes tell. */
  readonly told: number;
  readonly fromUs: number;
}

/** The gap with one more update in it that was skipped. */
export function withSkipped(gap: Gap | undefined, cause: string, receivedUs: number): Gap {
  const fromUs = gap?.fromUs ?? receivedUs;
  return { cause, fromUs, toUs: receivedUs, updates: (gap?.updates ?? 0) + 1 };
}

/**
 * The gap with what a failed file cost. One note tells it all, also of what was skipped before;
 * the worse cause names it.
 */
export function withToll(gap: Gap | undefined, { updates, told, fromUs }: Toll, toUs: number): Gap {
  return {
    cause: "write-failed",
    fromUs: Math.min(gap?.fromUs ?? fromUs, fromUs),
    toUs: Math.max(gap?.toUs ?? toUs, toUs),
    updates: (gap?.updates ?? 0) + updates + told,
  };
}

export function gapNote({ cause, fromUs, toUs, updates }: Gap): MarketEvent {
  return marketEvent("note", { kind: "gap", cause, from_us: fromUs, to_us: toUs, updates });
}
