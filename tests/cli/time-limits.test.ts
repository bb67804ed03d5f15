import { describe, expect, test } from "bun:test";
import { ExchangeProcess, polybot, startRecorder, temporaryFolder } from "../polybot-process.ts";

describe("a recording with an end", () => {
  test("seals everything when its time is up", async () => {
    using folder = temporaryFolder();
    const exchange = await ExchangeProcess.start("--markets", "2", "--rate", "50");
    const [first, second] = ["a", "b"].map((name) => `${folder.path}/${name}`);
    const until = new Date(Date.now() + 1_500).toISOString();
    const runs = await Promise.all([
      startRecorder(exchange, exchange.tokenIds, first!, "--duration", "1s").finished(),
      startRecorder(exchange, exchange.tokenIds, second!, "--until", until, "--quiet").finished(),
    ]);
    await exchange.stop();
    for (const { code, stderr } of runs) {
      expect(stderr).toMatch(/^summary: .* 4 of 4 tokens with a book/m);
      expect(code).toBe(0);
    }
    // All that a cron mail should be.
    expect(runs[0]!.stderr.trimEnd().split("\n").length).toBeGreaterThan(1);
    expect(runs[1]!.stderr.trimEnd().split("\n")).toHaveLength(1);
    for (const store of [first!, second!]) {
      const verified = JSON.parse((await polybot(["verify", store, "--json"])).stdout);
      expect(verified).toMatchObject({ open: 0, damaged: 0 });
    }
  });

  test("fails without any book, at its end or before", async () => {
    using folder = temporaryFolder();
    const exchange = await ExchangeProcess.start("--markets", "1", "--rate", "0");
    const runs = await Promise.all(
      [
        ["--duration", "1s"],
        ["--first-book-within", "1s"],
      ].map((flags, n) =>
        startRecorder(exchange, ["77"], `${folder.path}/${n}`, ...flags).finished(),
      ),
    );
    await exchange.stop();
    for (const { code, stderr } of runs) {
      expect(stderr).toMatch(/^summary: .* 0 of 1 tokens with a book/m);
      expect(stderr).toMatch(/^error: no book came.*--ws-url/m);
      expect(code).toBe(1);
    }
  });
});
