import { describe, expect, test } from "bun:test";
import { ids, markets, PooledVenue, singles } from "./pooled-venue.ts";

const MINUTE = 60_000;

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
