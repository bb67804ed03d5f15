import { expect, test } from "bun:test";
import { ids, markets, PooledVenue } from "./pooled-venue.ts";

const MINUTE = 60_000;
const ALL_SETTLED = 1000;

/** Two markets on one socket, whose books have come. */
async function twoMarkets(): Promise<PooledVenue> {
  const venue = new PooledVenue();
  venue.pool.add(markets(2));
  await venue.run(5_000);
  return venue;
}

test("a socket that is closed when all its tokens have settled is not opened again", async () => {
  const venue = await twoMarkets();
  venue.rest = new Set();
  venue.peers[0]!.close(ALL_SETTLED);
  await venue.run(5 * MINUTE);
  expect(venue.settled).toEqual(ids(4));
  expect(venue.asked).toEqual([ids(4)]);
  expect(venue.interruptions).toEqual([]);
  expect(venue.peers).toHaveLength(1);
  expect(venue.sockets).toEqual([]);
  venue.pool.remove(ids(4));
  venue.pool.add([{ market: "0x9", tokenIds: ["90", "91"] }]);
  await venue.run(5_000);
  expect(venue.peers.map(({ subscribed }) => [...subscribed]).at(-1)).toEqual(["90", "91"]);
});

test("what the socket said to be resolved needs no REST", async () => {
  const venue = await twoMarkets();
  venue.rest = new Error("down");
  venue.pool.resolved(ids(4));
  venue.peers[0]!.close(ALL_SETTLED);
  await venue.run(MINUTE);
  expect(venue.settled).toEqual(ids(4));
  expect(venue.asked).toEqual([]);
  expect(venue.interruptions).toEqual([]);
  expect(venue.peers).toHaveLength(1);
});

test("of what is resolved nothing is missed, however its socket ends", async () => {
  const venue = await twoMarkets();
  venue.pool.resolved(["0", "1"]);
  venue.hasBook = (tokenId) => tokenId > "1";
  venue.peers[0]!.close();
  await venue.run(5 * MINUTE);
  expect(venue.interruptions.map(({ tokenIds }) => tokenIds)).toEqual([["2", "3"]]);
  expect(venue.asked).toEqual([]);
  expect(venue.unknown).toEqual([]);
});

test("what still has a book by REST lost its socket, and gets another", async () => {
  const venue = await twoMarkets();
  venue.rest = new Set(["2", "3"]);
  venue.peers[0]!.close(ALL_SETTLED);
  await venue.run(MINUTE);
  expect(venue.settled).toEqual(["0", "1"]);
  expect(venue.interruptions).toMatchObject([{ cause: "disconnect", tokenIds: ["2", "3"] }]);
  expect(venue.peers.map(({ subscribed }) => [...subscribed]).at(-1)).toEqual(["2", "3"]);
  expect(venue.served.at(-1)).toMatchObject({ tokens: 2, lostUs: expect.any(Number) });
});

test.each([
  ["1000 while REST does not answer", ALL_SETTLED, new Error("down")],
  ["another code", 1006, new Set<string>()],
])("with %s nothing is taken for settled", async (_, code, rest) => {
  const venue = await twoMarkets();
  venue.rest = rest;
  venue.peers[0]!.close(code);
  await venue.run(MINUTE);
  expect(venue.settled).toEqual([]);
  expect(venue.interruptions).toMatchObject([{ cause: "disconnect", tokenIds: ids(4) }]);
  expect(venue.peers).toHaveLength(2);
});

test("a token that never had a book may still open: it is subscribed again", async () => {
  const venue = new PooledVenue();
  venue.hasBook = (tokenId) => tokenId !== "1";
  venue.pool.add(markets(1));
  await venue.run(5_000);
  venue.rest = new Set();
  venue.peers[0]!.close(ALL_SETTLED);
  await venue.run(MINUTE);
  expect(venue.settled).toEqual(["0"]);
  expect([...venue.live[0]!.subscribed]).toEqual(["1"]);
});

test("markets that come while REST is asked share the next socket", async () => {
  const venue = await twoMarkets();
  venue.rest = new Set(["2", "3"]);
  venue.peers[0]!.close(ALL_SETTLED);
  venue.pool.add([{ market: "0x9", tokenIds: ["90", "91"] }]);
  await venue.run(MINUTE);
  expect(venue.interruptions).toMatchObject([{ tokenIds: ["2", "3"] }]);
  expect(venue.live.map(({ subscribed }) => [...subscribed])).toEqual([["2", "3", "90", "91"]]);
  expect(venue.taken.filter(([, tokenId]) => tokenId === "90")).toHaveLength(1);
});
