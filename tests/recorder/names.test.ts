import { expect, test } from "bun:test";
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
      return { status: 200, text: JSON.stringify([SAMPLE_MARKET]) };
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
