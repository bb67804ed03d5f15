import { describe, expect, test } from "bun:test";
import { ids, markets, PooledVenue, singles } from "./pooled-venue.ts";

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

test("a socket has one successor at a time, however long that waits for its turn", async () => {
  const venue = new PooledVenue({ tokensPerSocket: 2 });
  venue.hasBook = (tokenId) => Number(tokenId) > 1;
  venue.pool.add(markets(8));
  await venue.run(5_000);
  // The others keep the gate busy.
  venue.isDown = true;
  for (const peer of venue.peers.slice(1)) peer.close();
  for (let i = 0; i < 120; i++) {
    await venue.run(1_000);
    venue.isDown = i < 60;
    expect(venue.peersOf("0").length).toBeLessThanOrEqual(2);
  }
  expect(venue.peersOf("2")).toHaveLength(1);
});

/** A pool whose first shard speaks each second, until it falls silent. */
async function fallenSilent() {
  const venue = new PooledVenue({ tokensPerSocket: 4 });
  venue.pool.add(markets(4));
  for (let i = 0; i < 600; i++) {
    await venue.run(1_000);
    for (const [j, peer] of venue.peers.entries()) peer.say("data", String(4 * j));
  }
  venue.taken.length = 0;
  const silentUs = venue.clock.nowUs();
  /** The second one goes on. */
  const run = async (seconds: number) => {
    for (let i = 0; i < seconds; i++) {
      await venue.run(1_000);
      venue.peers[1]!.say("data", "4");
    }
  };
  return { venue, silentUs, run };
}

describe("a socket that says nothing of its tokens any more", () => {
  test("is replaced, and is let go when all books have come on the other", async () => {
    const { venue, silentUs, run } = await fallenSilent();
    venue.hasBook = (tokenId) => tokenId !== "3";
    await run(119);
    expect(venue.peers).toHaveLength(2);
    await run(3);
    expect(venue.interruptions).toMatchObject([
      { cause: "silent", tokenIds: ids(4), fromUs: silentUs, socket: 1 },
    ]);
    // It may speak still: of tokens that have not passed it is heard, of others the new one is.
    expect(venue.sockets).toEqual([1, 3, 2]);
    venue.taken.length = 0;
    for (const peer of [venue.peers[0]!, venue.peers[2]!]) peer.say("data", "0", "3");
    expect(venue.taken).toEqual([
      ["data", "3", 1],
      ["data", "0", 3],
    ]);
    venue.peers[2]!.say("book", "3");
    expect(venue.taken.at(-1)).toEqual(["book", "3", 3]);
    expect(venue.peers[0]!.isClosed).toBe(true);
    expect(venue.sockets).toEqual([3, 2]);
    expect(venue.served.at(-1)).toEqual({ socket: 3, tokens: 4, lostUs: silentUs });
    await run(60);
    expect(venue.sockets).toEqual([3, 2]);
  });

  test("is let go after a while even if some books do not come: those are asked for elsewhere", async () => {
    const { venue, run } = await fallenSilent();
    venue.hasBook = (tokenId, { subscribed }) => tokenId !== "3" || subscribed.size < 4;
    await run(133);
    expect(venue.peers[0]!.isClosed).toBe(true);
    expect(venue.interruptions.map(({ cause }) => cause)).toEqual(["silent"]);
    await run(12);
    expect(venue.interruptions.at(-1)).toMatchObject({ cause: "no-snapshot", tokenIds: ["3"] });
    expect(venue.taken.at(-1)).toEqual(["data", "4", 2]);
    expect(venue.taken).toContainEqual(["book", "3", 4]);
  });

  test("stays if the other one brings no book at all, which is then tried ever more seldom", async () => {
    const { venue, run } = await fallenSilent();
    venue.hasBook = () => false;
    await run(60 * 60);
    expect(venue.peers[0]!.isClosed).toBe(false);
    expect(venue.sockets).toEqual([1, 2]);
    expect(venue.peers.length).toBeGreaterThan(4);
    expect(venue.peers.length).toBeLessThan(12);
    expect(venue.served).toHaveLength(2);
    venue.clock.advance(1);
    venue.peers[0]!.say("data", "0");
    expect(venue.taken.at(-1)).toEqual(["data", "0", 1]);
    // What was doubted of it is over.
    const heardUs = venue.clock.nowUs();
    venue.peers[0]!.close();
    await run(2);
    expect(venue.served[2]!.lostUs).toBe(heardUs);
  });

  test("may end while another takes its place", async () => {
    const { venue, silentUs, run } = await fallenSilent();
    venue.hasBook = (tokenId) => tokenId === "0";
    await run(122);
    venue.peers[0]!.close();
    expect(venue.interruptions.slice(1)).toMatchObject([
      { cause: "disconnect", tokenIds: ["1", "2", "3"], socket: 1 },
    ]);
    expect(venue.served.slice(2)).toEqual([{ socket: 3, tokens: 4, lostUs: silentUs }]);
    expect(venue.sockets).toEqual([3, 2]);
    venue.peers[2]!.say("data", "1");
    expect(venue.taken.at(-1)).toEqual(["data", "1", 3]);
  });

  test("is no way back once tokens have passed to one that ends too", async () => {
    const { venue, run } = await fallenSilent();
    venue.hasBook = (tokenId) => tokenId === "0";
    await run(122);
    venue.hasBook = () => true;
    venue.peers[2]!.close();
    expect(venue.peers[0]!.isClosed).toBe(true);
    expect(venue.interruptions.slice(1)).toMatchObject([
      { cause: "disconnect", tokenIds: ids(4), socket: 3 },
    ]);
    await run(2);
    expect(venue.sockets).toEqual([4, 2]);
    expect(venue.taken.filter(([kind, , socket]) => kind === "book" && socket === 4)).toHaveLength(
      4,
    );
  });

  test("takes and lets tokens go meanwhile as at any time", async () => {
    const { venue, run } = await fallenSilent();
    venue.pool.remove(["1"]);
    venue.hasBook = (tokenId) => tokenId !== "3";
    await run(122);
    venue.pool.remove(["2"]);
    venue.pool.add(singles(["70"]));
    await run(1);
    expect(venue.peersOf("70")).toEqual([1, 3]);
    expect(venue.peersOf("2")).toEqual([]);
    venue.peers[2]!.say("book", "3");
    expect(venue.sockets).toEqual([3, 2]);
    expect(venue.taken).toContainEqual(["book", "70", 3]);
  });

  test("is not replaced when its tokens never said much", async () => {
    const venue = new PooledVenue();
    venue.pool.add(markets(1));
    for (let i = 0; i < 60; i++) {
      await venue.run(5 * MINUTE);
      venue.peers[0]!.say("data", "0");
    }
    expect(venue.peers).toHaveLength(1);
    expect(venue.interruptions).toEqual([]);
  });
});
