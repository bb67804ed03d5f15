import type { MarketEvent } from "@polymarket/bindings/subscriptions";

/** Ten minutes of events need not be kept: their digests tell whether one is another. */
export function eventDigest(event: MarketEvent): bigint {
  return BigInt(Bun.hash(JSON.stringify(event)));
}
