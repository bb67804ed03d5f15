import { type MarketEvent, marketEvent } from "../format/market-event.ts";
import type { Arrival } from "./arrival.ts";
import type { Toll } from "./unreleased-blocks.ts";

/** A run of updates that were applied but are not in the store, until a note tells of it. */
export interface Gap {
  readonly cause: string;
  /** Receive times of the first and last, whole microseconds since the epoch. */
  readonly fromUs: number;
  readonly toUs: number;
  readonly updates: number;
}

/** A note that waits for the disk. */
export interface Kept {
  readonly note: MarketEvent;
  readonly arrival: Arrival;
}

/** Notes that wait while nothing can be stored. */
const KEPT_MAX = 32;

/** What a token's sessions have still to tell: updates that are not stored, and notes that wait. */
export class Untold {
  #gap: Gap | undefined;
  #kept: readonly Kept[] = [];

  get isEmpty(): boolean {
    return this.#gap === undefined && this.#kept.length === 0;
  }

  /** Why updates are not stored; `undefined` if all are. */
  get cause(): string | undefined {
    return this.#gap?.cause;
  }

  /** One more update was skipped. */
  skip(cause: string, receivedUs: number): void {
    const { fromUs = receivedUs, updates = 0 } = this.#gap ?? {};
    this.#gap = { cause, fromUs, toUs: receivedUs, updates: updates + 1 };
  }

  /**
   * A failed file cost so much, up to a time. One note tells it all, also of what was skipped
   * before; the worse cause names it.
   */
  lose({ updates, told, fromUs }: Toll, toUs: number): void {
    const gap = this.#gap ?? { fromUs, toUs, updates: 0 };
    this.#gap = {
      cause: "write-failed",
      fromUs: Math.min(gap.fromUs, fromUs),
      toUs: Math.max(gap.toUs, toUs),
      updates: gap.updates + updates + told,
    };
  }

  /** Keeps a note until there is room. False if too many wait. */
  keep(kept: Kept): boolean {
    if (this.#kept.length === KEPT_MAX) return false;
    this.#kept = [...this.#kept, kept];
    return true;
  }

  /** Hands out all that is to be told. */
  take(): { readonly gap: Gap | undefined; readonly kept: readonly Kept[] } {
    const gap = this.#gap;
    const kept = this.#kept;
    this.#gap = undefined;
    this.#kept = [];
    return { gap, kept };
  }
}

export function gapNote({ cause, fromUs, toUs, updates }: Gap): MarketEvent {
  return marketEvent("note", { kind: "gap", cause, from_us: fromUs, to_us: toUs, updates });
}
