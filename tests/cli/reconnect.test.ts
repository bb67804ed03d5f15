import { expect, test } from "bun:test";
import { join } from "node:path";
import type { PrintedUpdate } from "../expected-updates.ts";
import {
  ExchangeProcess,
  jsonLines,
  polybot,
  startRecorder,
  temporaryFolder,
} from "../polybot-process.ts";

test("a recorder outlives its exchange, says where the hole is, and exits with 3", async () => {
  using folder = temporaryFolder();
  const store = join(folder.path, "data");
  const flags = ["--markets", "2", "--rate", "100", "--seed", "5"];
  const first = await ExchangeProcess.start(...flags);
  const port = new URL(first.ready.clob_url).port;
  const recorder = startRecorder(first, first.tokenIds, store);
  await recorder.until(({ stderr }) => stderr.includes("subscribed"));
  await Bun.sleep(300);
  await first.stop("SIGKILL");
  await recorder.until(({ stderr }) => stderr.includes("disconnected"));
  const second = await ExchangeProcess.start(...flags, "--port", port);
  await recorder.until(({ stderr }) => stderr.split("subscribed").length > 2);
  await Bun.sleep(300);
  const { code, stderr } = await recorder.stop();
  await second.stop();
  expect(code).toBe(3);
  expect(stderr).toContain(" 1 reconnects");

  const printed = jsonLines<PrintedUpdate & { socket: number }>(
    (await polybot(["cat", store, "--json"])).stdout,
  );
  const notes = printed.filter(({ token_id }) => token_id === "");
  expect(notes.map(({ data }) => data.kind)).toEqual(["disconnect", "reconnect"]);
  expect(Number(notes[1]!.data.from_us)).toBe(Number(notes[0]!.data.from_us));
  for (const tokenId of second.tokenIds) {
    const own = printed.filter(({ token_id }) => token_id === tokenId);
    const openings = own.filter(({ data }) => "last_trade_price" in data && "bids" in data);
    // One opening book for each connection, in the same session and under its own socket.
    expect(openings.length).toBe(2);
    expect(openings[1]!.socket).toBeGreaterThan(openings[0]!.socket);
    expect(own.map(({ sequence_number }) => sequence_number)).toEqual(own.map((_, i) => i + 1));
  }
  expect((await polybot(["verify", store])).code).toBe(0);
});
