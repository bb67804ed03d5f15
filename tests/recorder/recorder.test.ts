import { describe, expect, test } from "bun:test";
import { describeSession } from "../../src/read/session-description.ts";
import { Store } from "../../src/read/store.ts";
import { temporaryFolder } from "../polybot-process.ts";
import { readAll, startInProcess } from "./in-process.ts";

const TOKEN = "11";

const change = (asset_id: string) =>
  JSON.stringify({
    market: "0xabc",
    price_changes: [{ asset_id, price: "0.5", size: "1", side: "BUY" }],
    timestamp: "1790000000000",
    event_type: "price_change",
  });
const book = JSON.stringify({
  market: "0xabc",
  asset_id: TOKEN,
  bids: [],
  asks: [],
  event_type: "book",
});
const announcement = JSON.stringify({ market: "0xdef", event_type: "new_market", id: "1" });

describe("a recorder", () => {
  test("counts what is not for it, and stores an announcement once", async () => {
    using folder = temporaryFolder();
    const { peer, recorder } = await startInProcess([TOKEN], { basePath: folder.path });
    for (const text of ["PONG", book, change(TOKEN), change("99"), change("99")]) {
      peer.socket.message(text);
    }
    for (let i = 0; i < 5; i++) peer.socket.message(announcement);
    peer.socket.message(announcement.replace('"1"', '"2"'));
    await recorder.stop();
    expect(recorder.summary()).toMatchObject({
      pongs: 1,
      messages: 10,
      received: 4,
      stored: 4,
      foreign: 2,
      repeats: 4,
      dropped: 0,
      books: 1,
      tokens: 1,
    });
    const types = (await readAll(folder.path)).map((update) => [
      update.token_id,
      update.update_type,
    ]);
    expect(types).toEqual([
      [TOKEN, "book"],
      [TOKEN, "price_change"],
      ["", "new_market"],
      ["", "new_market"],
    ]);
    const channel = (await new Store(folder.path).folders()).at(-1)!;
    expect(await describeSession(channel)).toMatchObject({ token_id: "", repeats: 4 });
  });

  test("keeps a resolution with each token that it names, and a stranger's with the channel", async () => {
    using folder = temporaryFolder();
    const { peer, recorder } = await startInProcess(["11", "12"], { basePath: folder.path });
    const resolved = (...assets_ids: string[]) =>
      JSON.stringify({ event_type: "market_resolved", assets_ids, winning_outcome: "Yes" });
    peer.socket.message(resolved("11", "12"));
    peer.socket.message(resolved("12", "12"));
    peer.socket.message(resolved("98", "99"));
    await recorder.stop();
    const stored = (await readAll(folder.path)).map(({ token_id, data }) => [
      token_id,
      data.assets_ids,
    ]);
    expect(stored).toEqual([
      ["11", ["11", "12"]],
      ["12", ["11", "12"]],
      ["12", ["12", "12"]],
      ["", ["98", "99"]],
    ]);
  });

  test("a connection lost before the first book is told, and is no loss", async () => {
    using folder = temporaryFolder();
    const { peer, recorder } = await startInProcess([TOKEN], { basePath: folder.path });
    peer.socket.closed(1013, "slow consumer");
    while (peer.connections.length < 2) await Bun.sleep(10);
    peer.socket.opened();
    peer.socket.message(book);
    expect(recorder.summary()).toMatchObject({ disconnects: 0, reconnects: 1 });
    peer.socket.closed(1006, "");
    await recorder.stop();
    expect(recorder.summary()).toMatchObject({ disconnects: 1 });
    const notes = (await readAll(folder.path)).filter(({ update_type }) => update_type === "note");
    expect(notes.map(({ data }) => [data.kind, data.cause])).toEqual([
      ["disconnect", "closed with 1013 slow consumer"],
      ["reconnect", "subscribed again"],
      ["disconnect", "closed with 1006"],
    ]);
  });

  test("judges what a connection cuts off when it ends, and does not say that it is missed", async () => {
    using folder = temporaryFolder();
    const { peer, recorder } = await startInProcess(
      ["111", "112"],
      { basePath: folder.path },
      { tokensPerSocket: 1 },
    );
    const [own] = peer.connections;
    while (peer.connections.length < 2) await Bun.sleep(10);
    peer.socket.opened();
    // A real SHA-1, of the example in docs/PROTOCOL.md.
    const proven = {
      market: "0xm",
      asset_id: "111",
      timestamp: "1700000000000",
      hash: "5efae31e4fe91870a1a4632a6b5eb44fd89e86c1",
      bids: [
        { price: "0.4", size: "10" },
        { price: "0.41", size: "25.5" },
      ],
      asks: [
        { price: "0.99", size: "100" },
        { price: "0.43", size: "7" },
      ],
      tick_size: "0.01",
      event_type: "book",
      last_trade_price: "0.420",
    };
    own!.message(JSON.stringify(proven));
    const entry = { asset_id: "111", price: "0.5", size: "1", side: "BUY", hash: "ab".repeat(20) };
    const cut = { market: "0xm", price_changes: [entry], timestamp: "1700000000001" };
    own!.message(JSON.stringify({ ...cut, event_type: "price_change" }));
    expect(recorder.summary().hashes).toMatchObject({ groups: 1, matched: 1 });
    // That of another token is no end.
    peer.socket.closed(1006, "");
    expect(recorder.summary().hashes).toMatchObject({ groups: 1 });
    own!.closed(1006, "");
    expect(recorder.summary().hashes).toMatchObject({ groups: 2, missed: 0, unverifiable: 1 });
    expect(recorder.summary().suspect).toBe(0);
    await recorder.stop();
  });
});
