import { describe, expect, test } from "bun:test";
import { markets, PooledVenue, singles } from "./pooled-venue.ts";

const MINUTE = 60_000;

describe("a pool of sockets", () => {
  test("has each market on one socket, of so many tokens at most", async () => {
    const venue = new PooledVenue({ tokensPerSocket: 5 });
    venue.pool.add(markets(6));
    await venue.run(5_000);
    expect(venue.peers.map(({ subscribed }) => [...subscribed])).toEqual([
      ["0", "1", "2", "3"],
      ["4", "5", "6", "7"],
      ["8", "9", "10", "11"],
    ]);
    expect(venue.served).toEqual(
      [1, 2, 3].map((socket) => ({ socket, tokens: 4, lostUs: undefined })),
    );
    expect(venue.sockets).toEqual([1, 2, 3]);
    expect(venue.taken).toHaveLength(12);
  });

  test("takes entries from the socket that owns their token only", async () => {
    const venue = new PooledVenue({ tokensPerSocket: 1 });
    venue.pool.add(markets(1));
    await venue.run(5_000);
    venue.taken.length = 0;
    for (const peer of venue.peers) peer.say("data", "0", "1", "99");
    expect(venue.taken).toEqual([
      ["data", "0", 1],
      ["data", "1", 2],
    ]);
    expect(venue.foreign).toBe(4);
  });

  test("takes more tokens while it runs, on sockets with room first, and each once", async () => {
    const venue = new PooledVenue({ tokensPerSocket: 4 });
    venue.pool.add(markets(1));
    await venue.run(5_000);
    venue.pool.add([...singles(["0", "50", "50"]), { market: "0x9", tokenIds: ["60", "61"] }]);
    await venue.run(5_000);
    expect(venue.peers.map(({ requests }) => requests.map(({ ids }) => ids))).toEqual([
      [["0", "1"], ["50"]],
      [["60", "61"]],
    ]);
    expect(venue.taken.map(([, tokenId]) => tokenId)).toEqual(["0", "1", "50", "60", "61"]);
  });

  test("lets tokens go, and a socket that has none left", async () => {
    const venue = new PooledVenue({ tokensPerSocket: 4 });
    venue.pool.add(markets(3));
    await venue.run(5_000);
    venue.pool.remove(["1", "4", "5", "77"]);
    await venue.run(1_000);
    expect(venue.peers.map(({ isClosed }) => isClosed)).toEqual([false, true]);
    expect(venue.sockets).toEqual([1]);
    expect(venue.peers[0]!.requests.at(-1)).toMatchObject({ operation: "unsubscribe", ids: ["1"] });
    venue.taken.length = 0;
    venue.peers[0]!.say("data", "0", "1");
    expect(venue.taken.map(([, tokenId]) => tokenId)).toEqual(["0"]);
    await venue.run(30 * MINUTE);
    expect(venue.peers).toHaveLength(2);
    expect(venue.unknown).toEqual([]);
  });

  test("leaves no timer when it is stopped, whatever its sockets wait for", async () => {
    const venue = new PooledVenue({ tokensPerSocket: 2 });
    venue.pool.add(markets(5));
    await venue.run(250);
    venue.peers[0]!.close();
    expect(venue.clock.timers).toBeGreaterThan(3);
    venue.pool.stop();
    await venue.run(10);
    expect(venue.clock.timers).toBe(0);
    await venue.run(MINUTE);
    expect(venue.live).toEqual([]);
  });

  test("numbers every connection and every epoch of the clock, each once", async () => {
    const venue = new PooledVenue({ tokensPerSocket: 2 });
    venue.pool.add(markets(2));
    await venue.run(5_000);
    venue.clock.stepUs = -60_000_000;
    venue.peers[0]!.say("data", "0");
    expect(venue.sockets).toEqual([3, 2]);
    venue.peers[1]!.say("data", "2");
    expect(venue.sockets).toEqual([3, 4]);
    expect(venue.steps).toEqual([3, 4]);
    venue.peers[0]!.close();
    await venue.run(5_000);
    expect(venue.sockets).toEqual([5, 4]);
    expect(venue.taken.slice(4)).toEqual([
      ["data", "0", 3],
      ["data", "2", 4],
      ["book", "0", 5],
      ["book", "1", 5],
    ]);
  });
});

describe("a connection that is lost", () => {
  test("concerns its own tokens, since its last text, and comes back", async () => {
    const venue = new PooledVenue({ tokensPerSocket: 2 });
    venue.pool.add(markets(3));
    await venue.run(5_000);
    venue.peers[1]!.say("data", "2");
    const lastUs = venue.clock.nowUs();
    await venue.run(700);
    venue.peers[1]!.close(1013, "slow consumer: send buffer full");
    expect(venue.sockets).toEqual([1, 3]);
    expect(venue.interruptions).toEqual([
      {
        cause: "disconnect",
        tokenIds: ["2", "3"],
        fromUs: lastUs,
        socket: 2,
        reason: "closed with 1013 slow consumer: send buffer full",
      },
    ]);
    await venue.run(1_000);
    expect(venue.served.slice(3)).toEqual([{ socket: 4, tokens: 2, lostUs: lastUs }]);
    expect(venue.sockets).toEqual([1, 4, 3]);
    expect([...venue.peers[3]!.subscribed]).toEqual(["2", "3"]);
    expect(venue.peers[0]!.requests).toHaveLength(1);
  });

  test("is one interruption, however many attempts it takes, with growing pauses", async () => {
    const venue = new PooledVenue();
    venue.pool.add(markets(1));
    await venue.run(15_000);
    const lostUs = venue.clock.nowUs() - 5_000_000 + 10_000;
    venue.isDown = true;
    venue.peers[0]!.close();
    await venue.run(5 * MINUTE);
    const pauses = venue.peers
      .slice(2)
      .map(({ openedMs }, i) => openedMs - venue.peers[i + 1]!.openedMs);
    expect(pauses[0]!).toBeLessThan(1_000);
    expect(Math.max(...pauses)).toBeLessThan(30_100);
    expect(pauses.slice(7).every((ms) => ms > 15_000)).toBe(true);
    expect(new Set(pauses).size).toBe(pauses.length);
    expect(venue.interruptions).toHaveLength(1);
    expect(venue.unreachable).toHaveLength(pauses.length + 1);
    venue.isDown = false;
    await venue.run(31_000);
    expect(venue.served.slice(1)).toEqual([{ socket: venue.peers.length, tokens: 2, lostUs }]);
  });

  test("by a peer that talks and drops at once is not opened four times a second", async () => {
    const venue = new PooledVenue();
    venue.pool.add(markets(1));
    for (let i = 0; i < 60; i++) {
      await venue.run(1_000);
      venue.live[0]?.close();
    }
    expect(venue.peers.length).toBeLessThan(10);
    expect(venue.interruptions.length).toBeGreaterThan(5);
    await venue.run(40_000);
    venue.live[0]!.close();
    await venue.run(300);
    expect(venue.live).toHaveLength(1);
  });

  test("with 1008 is not opened again soon: the same text would be refused again", async () => {
    const venue = new PooledVenue();
    venue.pool.add(markets(1));
    await venue.run(1_000);
    venue.peers[0]!.close(1008, "invalid subscription payload");
    await venue.run(14_000);
    expect(venue.peers).toHaveLength(1);
    expect(venue.interruptions[0]!.reason).toContain("1008 invalid subscription payload");
    await venue.run(16_100);
    expect(venue.peers).toHaveLength(2);
    expect(venue.served).toHaveLength(2);
  });

  test("without an end is a stall, since the last that was heard", async () => {
    const venue = new PooledVenue({ tokensPerSocket: 2 });
    venue.pool.add(markets(2));
    await venue.run(12_000);
    const silent = venue.peers[0]!;
    silent.say = () => {};
    const heardUs = venue.clock.nowUs() - 2_000_000 + 10_000;
    await venue.run(45_000);
    const [{ cause, tokenIds, fromUs } = {}, ...others] = venue.interruptions;
    expect({ cause, tokenIds }).toEqual({ cause: "stall", tokenIds: ["0", "1"] });
    expect(Math.abs(fromUs! - heardUs)).toBeLessThan(10_000);
    expect(others).toEqual([]);
    expect(venue.sockets).toEqual([3, 2]);
  });
});
