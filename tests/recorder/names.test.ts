import { expect, test } from "bun:test";
import { createHash } from "node:crypto";
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
    const [session] = await new Store(folder.path).sessions();
    expect(await describeSession(session!)).toMatchObject({
      market: "0xabc",
      question: "Will it?",
      slug: "will-it",
      outcome: "Yes",
      end_date: "2030-01-01T00:00:00Z",
      update_count: 2,
    });
  });
}

test("what REST says of a market's hashes proves them, where trying would not", async () => {
  using folder = temporaryFolder();
  const market = { ...SAMPLE_MARKET, orderMinSize: 25 };
  const http = async () => ({ status: 200, text: JSON.stringify({ markets: [market] }) });
  const { peer, recorder } = await startInProcess([TOKEN], { basePath: folder.path }, { http });
  await Bun.sleep(10);
  const book = { market: "0xabc", asset_id: TOKEN, timestamp: "1790000000000", hash: "" };
  const levels = { bids: [{ price: "0.4", size: "10" }], asks: [] };
  const values = { min_order_size: "25", tick_size: "0.01", neg_risk: true, last_trade_price: "" };
  const hash = createHash("sha1").update(JSON.stringify({ ...book, ...levels, ...values }));
  const { tick_size, last_trade_price } = values;
  const said = { ...book, ...levels, hash: hash.digest("hex"), tick_size, last_trade_price };
  peer.socket.message(JSON.stringify({ ...said, event_type: "book" }));
  await recorder.stop();
  expect(recorder.summary().hashes).toMatchObject({ groups: 1, matched: 1 });
});
