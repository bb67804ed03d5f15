import type { MarketEvent } from "@polymarket/bindings/subscriptions";
import { eventDigest } from "./event-digest.ts";

/** How long the SDK may take for what was sent before the exchange stopped. */
const CATCH_UP_MS_MAX = 5_000;
const LOOK_MS = 10;

/** What the SDK delivered. */
export class DeliveredEvents {
  readonly counts: Record<string, number> = {};
  readonly digests: bigint[] = [];

  /** Reads what a handle delivers until it is closed. */
  async follow(events: AsyncIterable<MarketEvent>): Promise<void> {
    for await (const event of events) {
      this.counts[event.type] = (this.counts[event.type] ?? 0) + 1;
      this.digests.push(eventDigest(event));
    }
  }

  /** Resolves when so many events are there, or when too much time has passed for more. */
  async reach(events: number): Promise<void> {
    const endMs = performance.now() + CATCH_UP_MS_MAX;
    while (this.digests.length < events && performance.now() < endMs) await Bun.sleep(LOOK_MS);
  }
}
