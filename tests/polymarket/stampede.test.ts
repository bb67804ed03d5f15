import { describe, expect, test } from "bun:test";
import { SUBSCRIBE_CHUNK } from "../../src/polymarket/market-socket.ts";
import { STAGGER_MS } from "../../src/polymarket/openings.ts";
import { markets, mostInASecond, PooledVenue } from "./pooled-venue.ts";

const TOKENS = 10_000;
const SHARDS = TOKENS / 200;
const OPENINGS_A_SECOND = 1_000 / STAGGER_MS;
const COLD_START_MS = 2 * STAGGER_MS * SHARDS + 1_000;

/** All tokens are subscribed, and have their books. */
async function started(seed: number): Promise<PooledVenue> {
  const venue = new PooledVenue({ seed });
  venue.pool.add(markets(TOKENS / 2));
  await venue.run(COLD_START_MS);
  return venue;
}

function openings(venue: PooledVenue, from = 0): number[] {
  return venue.peers.slice(from).map(({ openedMs }) => openedMs);
}

describe.each([1, 2, 3])("ten thousand tokens, seed %d", (seed) => {
  test("start cold at the pace of the stagger, no subscription over the limit", async () => {
    const venue = await started(seed);
    expect(venue.peers).toHaveLength(SHARDS);
    expect(mostInASecond(openings(venue))).toBeLessThanOrEqual(OPENINGS_A_SECOND);
    const pauses = openings(venue, 1).map((ms, i) => ms - venue.peers[i]!.openedMs);
    expect(Math.min(...pauses)).toBeGreaterThanOrEqual(STAGGER_MS);
    const requests = venue.peers.flatMap(({ requests }) => requests);
    expect(requests).toHaveLength(TOKENS / SUBSCRIBE_CHUNK);
    expect(Math.max(...requests.map(({ ids }) => ids.length))).toBe(SUBSCRIBE_CHUNK);
    expect(venue.peers.every(({ requests: [first, second] }) => second!.ms > first!.ms)).toBe(true);
    expect(new Set(venue.taken.map(([, tokenId]) => tokenId)).size).toBe(TOKENS);
    expect(venue.interruptions).toEqual([]);
  });

  test("come back after a restart of the venue without stampeding it", async () => {
    const venue = await started(seed);
    venue.isDown = true;
    const droppedMs = venue.clock.monotonicMs();
    for (const peer of venue.live) peer.close();
    await venue.run(60_000);
    const refused = openings(venue, SHARDS);
    expect(mostInASecond(refused)).toBeLessThan(OPENINGS_A_SECOND);
    // While nobody is answered, one tries for all.
    expect(refused.filter((ms) => ms > droppedMs + 15_000).length).toBeLessThan(10);
    expect(refused.at(-1)! - droppedMs).toBeGreaterThan(45_000);

    venue.isDown = false;
    venue.taken.length = 0;
    await venue.run(10_000 + COLD_START_MS + 5_000);
    expect(venue.live).toHaveLength(SHARDS);
    expect(new Set(venue.taken.map(([, tokenId]) => tokenId)).size).toBe(TOKENS);
    expect(mostInASecond(openings(venue, SHARDS))).toBeLessThanOrEqual(OPENINGS_A_SECOND);
    expect(venue.interruptions).toHaveLength(SHARDS);
    expect(venue.served).toHaveLength(2 * SHARDS);
  });

  test("come back after a venue that answers and drops everybody, again and again", async () => {
    const venue = await started(seed);
    for (let i = 0; i < 60; i++) {
      for (const peer of venue.live) peer.close(1013, "slow consumer: send buffer full");
      await venue.run(1_000);
    }
    expect(mostInASecond(openings(venue, SHARDS))).toBeLessThanOrEqual(OPENINGS_A_SECOND);
    await venue.run(30_000 + COLD_START_MS);
    expect(venue.live).toHaveLength(SHARDS);
  });
});
