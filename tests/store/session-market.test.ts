import { expect, test } from "bun:test";
import { decode } from "../../src/polymarket/decode.ts";
import { Store } from "../../src/read/store.ts";
import { verify } from "../../src/read/verify.ts";
import { ownArrival } from "../../src/store/arrival.ts";
import { StorageWriter } from "../../src/store/storage-writer.ts";
import { temporaryFolder } from "../polybot-process.ts";
import { HashedMessages } from "../vectors/hashed-messages.ts";

const TOKEN = "1001";
const UNKNOWN = `{"event_type":"novelty","asset_id":"${TOKEN}","market":"0xm","x":[1, 2.50]}`;

test("a session whose first update is of an unknown type takes its market, and derives hashes", async () => {
  using folder = temporaryFolder();
  const hashed = new HashedMessages();
  hashed.book({ bids: [["0.4", "10"]], asks: [["0.43", "7"]] });
  hashed.changes(["bids", "0.41", "25.5"]);
  const writer = await StorageWriter.open({ basePath: folder.path });
  for (const text of [UNKNOWN, ...hashed.messages.map(({ text = "" }) => text)]) {
    for (const { event } of decode(text)) await writer.writeUpdate(TOKEN, event);
  }
  await writer.shutdown();
  const sessions = await new Store(folder.path).folders();
  expect((await sessions[0]!.metadata())?.market).toBe("0xm");
  expect(await verify(sessions)).toMatchObject({
    updates: 3,
    damaged: 0,
    hashes: { checked: 2, matched: 2, literal: 0, failed: 0 },
  });
});

test("trades of a market are not announced to tokens of which no market is known", async () => {
  using folder = temporaryFolder();
  const writer = await StorageWriter.open({ basePath: folder.path });
  const trade = (token: string) =>
    `{"asset_id":"${token}","price":"0.9","size":"1","side":"BUY","timestamp":"1893553445011","event_type":"last_trade_price"}`;
  const hashed = new HashedMessages();
  hashed.book({ bids: [["0.4", "10"]], asks: [["0.43", "7"]] });
  hashed.changes(["bids", "0.41", "25.5"]);
  const [book = "", change = ""] = hashed.messages.map(({ text = "" }) =>
    text.replace('"market":"0xm",', ""),
  );
  const told = [
    [TOKEN, book],
    ["2002", trade("2002")],
    [TOKEN, change],
  ] as const;
  for (const [token, text] of told) {
    for (const { event } of decode(text)) {
      await writer.writeUpdate(token, event, undefined, ownArrival(1_893_553_445_020_000));
    }
  }
  await writer.shutdown();
  expect(writer.verdicts).toMatchObject({ searched: 0, late: 0 });
});
