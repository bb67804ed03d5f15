import { describe, expect, test } from "bun:test";
import { ids, markets, PooledVenue, singles } from "./pooled-venue.ts";

const MINUTE = 60_000;

describe("an opening book that does not come", () => {
  test("is asked for on another socket, with growing pauses, until it comes", async () => {
    const venue = new PooledVenue({ tokensPerSocket: 4 });
    let isSent = false;
    venue.hasBook = (tokenId) => tokenId !== "1" || isSent;
    venue.pool.add(markets(3));
    const subscribedUs = venue.clock.nowUs();
    await venue.run(9_000);
    expect(venue.interruptions).toEqual([]);
    await venue.run(3_000);
    const [told, ...others] = venue.interruptions;
    expect(others).toEqual([]);
    expect(told).toMatchObject({ cause: "no-snapshot", tokenIds: ["1"], socket: 1 });
    expect(told!.fromUs - subscribedUs).toBeLessThan(10_000);
    expect(venue.asked).toEqual([["1"]]);
    // The second socket has room.
    expect(venue.peersOf("1")).toEqual([2]);
    await venue.run(11 * MINUTE);
    const times = venue.peers.flatMap(({ requests }) =>
      requests.flatMap(({ ms, operation, ids }) =>
        operation !== "unsubscribe" && ids.includes("1") ? [ms] : [],
      ),
    );
    const moves = times.toSorted((a, b) => a - b);
    const pauses = moves.slice(1).map((ms, i) => Math.round((ms - moves[i]!) / 10_000));
    expect(pauses).toEqual([1, 2, 4, 8, 16, 32]);
    expect(venue.interruptions).toHaveLength(1);
    // Its neighbours were not touched.
    expect(venue.taken.filter(([, tokenId]) => tokenId !== "1")).toHaveLength(5);
    isSent = true;
    await venue.run(30 * MINUTE);
    expect(venue.taken.filter(([, tokenId]) => tokenId === "1")).toHaveLength(1);
    expect(venue.unknown).toEqual([]);
    expect(venue.live).toHaveLength(2);
  });

  test("of a token that REST does not know either is told once, and not asked for elsewhere", async () => {
    const venue = new PooledVenue({ tokensPerSocket: 4 });
    venue.hasBook = (tokenId) => tokenId !== "1" && tokenId !== "2";
    venue.rest = new Set(["2"]);
    venue.pool.add(markets(3));
    await venue.run(60 * MINUTE);
    expect(venue.unknown).toEqual(["1"]);
    expect(venue.peersOf("1")).toEqual([1]);
    expect(venue.peers[0]!.requests.filter(({ ids }) => ids.includes("1"))).toHaveLength(1);
    // It may get a book one day: REST is asked now and then.
    expect(venue.asked.filter((asked) => asked.includes("1")).length).toBeLessThan(14);
    venue.rest = new Set(["1", "2"]);
    venue.hasBook = () => true;
    await venue.run(11 * MINUTE);
    expect(venue.taken.map(([, tokenId]) => tokenId)).toContain("1");
    expect(venue.unknown).toEqual(["1"]);
  });

  test("is asked for all the same while REST does not answer", async () => {
    const venue = new PooledVenue({ tokensPerSocket: 4 });
    venue.hasBook = (tokenId, { subscribed }) => tokenId !== "1" || !subscribed.has("0");
    venue.rest = new Error("no REST");
    venue.pool.add(markets(2));
    await venue.run(20_000);
    expect(venue.unknown).toEqual([]);
    expect(venue.taken.map(([, tokenId]) => tokenId)).toContain("1");
  });

  test("of a token that was taken later is asked for on another socket, too", async () => {
    const venue = new PooledVenue({ tokensPerSocket: 4 });
    venue.pool.add(markets(1));
    await venue.run(MINUTE);
    venue.hasBook = (tokenId, { subscribed }) => subscribed.has(tokenId) && subscribed.size === 1;
    venue.pool.add(singles(["7"]));
    await venue.run(15_000);
    expect(venue.peersOf("7")).toEqual([2]);
    expect(venue.taken.at(-1)).toEqual(["book", "7", 2]);
  });

  test("is waited for anew after a disconnect, and not asked for where nobody is connected", async () => {
    const venue = new PooledVenue({ tokensPerSocket: 4 });
    venue.hasBook = (tokenId) => tokenId !== "1";
    venue.rest = new Set();
    venue.pool.add(markets(2));
    await venue.run(5 * MINUTE);
    venue.isDown = true;
    venue.live[0]!.close();
    const asked = venue.asked.length;
    await venue.run(5 * MINUTE);
    expect(venue.asked).toHaveLength(asked);
    venue.isDown = false;
    while (venue.live.length === 0) await venue.run(1_000);
    await venue.run(12_000);
    expect(venue.asked).toHaveLength(asked + 1);
  });

  test("is not moved on while its new socket waits for its turn", async () => {
    const venue = new PooledVenue({ tokensPerSocket: 2 });
    venue.hasBook = (tokenId) => tokenId !== "1";
    venue.pool.add(markets(1));
    await venue.run(9_000);
    venue.isDown = true;
    const before = venue.peers.length;
    await venue.run(10 * MINUTE);
    const { length } = venue.peers;
    // One shard tries on with its own pauses.
    expect(length - before).toBeLessThan(35);
    venue.isDown = false;
    while (venue.peersOf("1").length === 0) await venue.run(1_000);
    expect(venue.live).toHaveLength(2);
  });

  test("is no matter when its token was let go, or came while REST was asked", async () => {
    const venue = new PooledVenue({ tokensPerSocket: 4 });
    venue.hasBook = (tokenId) => Number(tokenId) % 2 === 0;
    venue.pool.add(markets(2));
    venue.clock.advance(11_000);
    expect(venue.asked).toEqual([["1", "3"]]);
    venue.peers[0]!.say("book", "1");
    venue.pool.remove(["3"]);
    await venue.run(30 * MINUTE);
    expect(venue.peers).toHaveLength(1);
    expect(venue.asked).toHaveLength(1);
  });

  test("is not missing while others of its socket still come, however slowly", async () => {
    const venue = new PooledVenue();
    venue.hasBook = () => false;
    venue.pool.add(singles(ids(20)));
    for (const tokenId of ids(19)) {
      await venue.run(4_000);
      venue.peers[0]!.say("book", tokenId);
    }
    expect(venue.asked).toEqual([]);
    await venue.run(6_000);
    expect(venue.asked).toEqual([["19"]]);
  });

  test("is asked for elsewhere after a refetch, too", async () => {
    const venue = new PooledVenue();
    venue.pool.add(singles(ids(4)));
    await venue.run(MINUTE);
    venue.hasBook = (_, { subscribed }) => subscribed.size === 1;
    venue.pool.refetch("2");
    venue.pool.refetch("99");
    await venue.run(15_000);
    expect(venue.peersOf("2")).toEqual([2]);
    expect(venue.taken.filter(([kind, tokenId]) => kind === "book" && tokenId === "2")).toEqual([
      ["book", "2", 1],
      ["book", "2", 2],
    ]);
  });

  test("of most tokens of a socket has the socket replaced", async () => {
    const venue = new PooledVenue({ tokensPerSocket: 4 });
    venue.hasBook = (tokenId, { openedMs }) => tokenId === "0" || openedMs > 0;
    venue.pool.add(markets(4));
    await venue.run(20_000);
    expect(venue.peers.map(({ isClosed }) => isClosed)).toEqual([true, false, false]);
    expect([...venue.peers[2]!.subscribed]).toEqual(ids(4));
    expect(venue.interruptions).toMatchObject([
      { cause: "no-snapshot", tokenIds: ["1", "2", "3"] },
    ]);
    expect(venue.served).toHaveLength(3);
  });
});
