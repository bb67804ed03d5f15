import { describe, expect, test } from "bun:test";
import type { LogLine } from "../../src/exchange/exchange-log.ts";
import { byToken, expectedByToken, expectSame } from "../expected-updates.ts";
import { temporaryFolder } from "../polybot-process.ts";
import { readAll, startInProcess } from "./in-process.ts";
import { VirtualRecording } from "./virtual-recording.ts";

describe("a market whose tokens are on two sockets", () => {
  test("has every update of both stored once, and what is for all once", async () => {
    const log: LogLine[] = [];
    await using recording = await VirtualRecording.start({
      markets: 3,
      series: 1,
      windowS: 60,
      rate: 40,
      seed: 1,
      tokensPerSocket: 1,
      log: (line) => void log.push(line),
    });
    const { tokenIds } = recording.venue;
    // The windows of the series begin and are resolved meanwhile.
    await recording.run(150_000);
    const printed = byToken(await recording.stored());
    const sockets = tokenIds.map((_, i) =>
      log.flatMap((line) => ("fault" in line || line.socket !== i + 1 ? [] : [line.text])),
    );
    const channel: string[] = [];
    let foreign = 0;
    for (const [i, tokenId] of tokenIds.entries()) {
      const expected = expectedByToken(sockets[i]!, new Set([tokenId]));
      const wanted = expected.get(tokenId)!;
      expect(wanted.length).toBeGreaterThan(50);
      const own = printed.get(tokenId)!;
      const { market } = recording.venue.exchange.simulation.markets.find(({ identity }) =>
        identity.tokens.some((token) => token.tokenId === tokenId),
      )!.identity;
      expectSame(own, wanted, market);
      foreign += wanted.filter(({ type }) => type === "price_change").length;
      for (const { type, fields } of expected.get("") ?? []) {
        if (type === "new_market") channel.push(JSON.stringify(fields));
      }
    }
    const announced = printed.get("")!.filter(({ update_type }) => update_type === "new_market");
    expect(announced).toHaveLength(new Set(channel).size);
    expect(announced.length).toBeGreaterThan(2);
    expect(channel.length).toBeGreaterThan(5 * announced.length);
    const summary = recording.recorder.summary();
    // Each change came for the other token of its market, too.
    expect(summary.foreign).toBeGreaterThan(0.9 * foreign);
    expect(summary.dropped).toBe(0);
    expect(summary.sockets).toBe(tokenIds.length);
  });

  test("is resolved for each of them once, and a strangers' resolution is kept once", async () => {
    using folder = temporaryFolder();
    const { peer, recorder } = await startInProcess(
      ["11", "12"],
      { basePath: folder.path },
      { tokensPerSocket: 1 },
    );
    while (peer.connections.length < 2) await Bun.sleep(10);
    peer.socket.opened();
    const resolved = (...assets_ids: string[]) =>
      JSON.stringify({ event_type: "market_resolved", assets_ids, winning_outcome: "Yes" });
    const raw = JSON.stringify({ event_type: "news", asset_id: "12" });
    for (const connection of peer.connections) {
      connection.message(resolved("11", "12"));
      connection.message(resolved("98", "99"));
      connection.message(raw);
      connection.message("INVALID OPERATION");
    }
    await recorder.stop();
    const stored = (await readAll(folder.path)).map(({ token_id, update_type }) => [
      token_id,
      update_type,
    ]);
    expect(stored).toEqual([
      ["11", "market_resolved"],
      ["12", "market_resolved"],
      ["12", "raw"],
      ["", "market_resolved"],
      // What cannot be read is kept from every socket.
      ["", "raw"],
      ["", "raw"],
    ]);
    expect(recorder.summary()).toMatchObject({ foreign: 1, repeats: 1, sockets: 2 });
  });
});
