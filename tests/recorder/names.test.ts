import { expect, test } from "bun:test";
import { createHash } from "node:crypto";
import type { MarketNames } from "../../src/polymarket/market-names.ts";
import { describeSession } from "../../src/read/session-description.ts";
import { Store } from "../../src/read/store.ts";
import { temporaryFolder } from "../polybot-process.ts";
import { startInProcess } from "./in-process.ts";
import { SAMPLE_MARKET } from "./sample-market.ts";

const TOKEN = "11";
const change = JSON.stringify({
  market: "0xabc",
  price_changes: [{ asset_id: TOKEN, price: "0.5", size: "1", side: "BUY" }],
  event_type: "price_change",
});

/** A book whose hash covers values that trying would not find. */
function provenBook(): string {
  const book = { market: "0xabc", asset_id: TOKEN, timestamp: "1790000000000", hash: "" };
  const levels = { bids: [{ price: "0.4", size: "10" }], asks: [] };
  const values = { min_order_size: "25", tick_size: "0.01", neg_risk: true, last_trade_price: "" };
  const hash = createHash("sha1").update(JSON.stringify({ ...book, ...levels, ...values }));
  const { tick_size, last_trade_price } = values;
  const said = { ...book, ...levels, hash: hash.digest("hex"), tick_size, last_trade_price };
  return JSON.stringify({ ...said, event_type: "book" });
}

for (const when of ["before", "after"] as const) {
  test(`names that REST gives ${when} the session opens stand in its metadata`, async () => {
    using folder = temporaryFolder();
    const answer = Promise.withResolvers<void>();
    const http = async () => {
      await answer.promise;
      return { status: 200, text: JSON.stringify({ markets: [SAMPLE_MARKET] }) };
    };
    const { peer, recorder } = await startInProcess([TOKEN], { basePath: folder.path }, { http });
    if (when === "after") peer.socket.message(change);
    answer.resolve();
    await Bun.sleep(10);
    if (when === "before") peer.socket.message(change);
    await recorder.stop();
    const [session] = await new Store(folder.path).folders();
    expect(await describeSession(session!)).toMatchObject({
      market: "0xabc",
      question: "Will it?",
      slug: "will-it",
      outcome: "Yes",
      end_date: "2030-01-01T00:00:00Z",
      event: "these",
      update_count: 2,
    });
  });
}

const ADDED: MarketNames = {
  conditionId: "0xabc",
  question: "Will it?",
  slug: "will-it",
  endDate: "2030-01-01T00:00:00Z",
  event: "these",
  outcomes: [
    { tokenId: "11", outcome: "Yes" },
    { tokenId: "12", outcome: "No" },
  ],
  hashed: { minOrderSize: "25", negRisk: true },
};

test("a market that is added brings its names and hashed values: Gamma is not asked", async () => {
  using folder = temporaryFolder();
  const asked: string[] = [];
  const http = async (url: string) => {
    asked.push(url);
    return { status: 200, text: '{"markets":[]}' };
  };
  const { peer, recorder } = await startInProcess(["99"], { basePath: folder.path }, { http });
  expect(recorder.add([ADDED])).toEqual([]);
  expect(recorder.add([ADDED])).toEqual([]);
  peer.socket.message(provenBook());
  await recorder.stop();
  expect(recorder.summary()).toMatchObject({ tokens: 3, books: 1, hashes: { matched: 1 } });
  const [session] = await new Store(folder.path).folders();
  expect(await describeSession(session!)).toMatchObject({ slug: "will-it", outcome: "Yes" });
  expect(asked.filter((url) => url.includes("_ids=1"))).toEqual([]);
  expect(asked.filter((url) => url.includes("_ids=99"))).not.toEqual([]);
});

test("a market that cannot be claimed is refused with the reason, and not subscribed", async () => {
  using folder = temporaryFolder();
  const { recorder, writer, peer } = await startInProcess(["99"], { basePath: folder.path });
  const full = new Error("the disk is full");
  writer.claimEach = () => {
    throw full;
  };
  expect(recorder.add([ADDED])).toEqual([{ market: ADDED, error: full }]);
  peer.socket.message(provenBook());
  recorder.end(ADDED, "Yes");
  await recorder.stop();
  expect(recorder.summary()).toMatchObject({ tokens: 1, books: 0, foreign: 1 });
});

test("what REST says of a market's hashes proves them, where trying would not", async () => {
  using folder = temporaryFolder();
  const market = { ...SAMPLE_MARKET, orderMinSize: 25 };
  const http = async () => ({ status: 200, text: JSON.stringify({ markets: [market] }) });
  const { peer, recorder } = await startInProcess([TOKEN], { basePath: folder.path }, { http });
  await Bun.sleep(10);
  peer.socket.message(provenBook());
  await recorder.stop();
  expect(recorder.summary().hashes).toMatchObject({ groups: 1, matched: 1 });
});
