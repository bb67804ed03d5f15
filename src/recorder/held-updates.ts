import type { MarketEvent } from "../format/market-event.ts";
import type { Arrival } from "../store/arrival.ts";

export interface HeldUpdate {
  readonly tokenId: string;
  readonly event: MarketEvent;
  readonly arrival: Arrival;
}

/** Fewer than may wait for the disk by default: at the join they all do so at once. */
export const HELD_MAX = 50_000;

/**
 * What a recorder hears while its tokens are another's, from their opening books on: stored at the
 * join, it reaches back to before the other's end. Beyond a limit nothing is held any more, and the
 * venue has to send the books anew.
 */
export class HeldUpdates {
  #updates: HeldUpdate[] | undefined = [];

  take(update: HeldUpdate): void {
    if (this.#updates === undefined) return;
    if (this.#updates.length === HELD_MAX) this.#updates = undefined;
    else this.#updates.push(update);
  }

  /** They may miss something from now on: what follows begins with their next books. */
  forget(tokenIds: readonly string[]): void {
    const gone = new Set(tokenIds);
    this.#updates = this.#updates?.filter(({ tokenId }) => !gone.has(tokenId));
  }

  /** In the order in which they came; `undefined` if they were too many. */
  get all(): readonly HeldUpdate[] | undefined {
    return this.#updates;
  }
}
