import { describe, expect, test } from "bun:test";
import type { ExchangeOptions } from "../../src/exchange/start-exchange.ts";
import { coverage, sumSpans, type TokenCoverage } from "../../src/read/coverage.ts";
import { Store } from "../../src/read/store.ts";
import { temporaryFolder } from "../polybot-process.ts";
import { VirtualRecording } from "./virtual-recording.ts";

const HOUR_US = 3_600_000_000;

/** Two recorders one after the other, the second an hour later. */
async function recordedTwice(options: ExchangeOptions, ms: number): Promise<TokenCoverage[]> {
  using folder = temporaryFolder("memory");
  for (const hour of [0, 1]) {
    await using recording = await VirtualRecording.start(options, { basePath: folder.path });
    recording.venue.clock.stepUs = hour * HOUR_US;
    await recording.run(ms);
  }
  return await Array.fromAsync(coverage(await new Store(folder.path).sessions()));
}

describe("the coverage of a store", () => {
  test("has a gap while nobody recorded", async () => {
    const options = { markets: 2, rate: 60, seed: 1 };
    const covered = await recordedTwice(options, 10_000);
    expect(covered).toHaveLength(4);
    for (const { spans, from_us, to_us } of covered) {
      const gaps = spans.filter(({ state }) => state === "gap");
      expect(gaps).toMatchObject([{ cause: "not-recording" }]);
      const { gap_us, verified_us, suspect_us, longest_gap_us } = sumSpans(spans);
      expect(suspect_us).toBe(0);
      expect(longest_gap_us).toBe(gap_us);
      expect(Math.abs(gap_us - HOUR_US)).toBeLessThan(20_000_000);
      expect(verified_us).toBeGreaterThan(0);
      // No moment is left out, none is in two spans.
      expect([spans[0]!.fromUs, spans.at(-1)!.toUs]).toEqual([from_us, to_us]);
      for (const [i, { fromUs }] of spans.slice(1).entries()) expect(spans[i]!.toUs).toBe(fromUs);
    }
  });

  test("has none where the venue's book is the one that was held", async () => {
    const covered = await recordedTwice({ markets: 2, rate: 0, seed: 1 }, 5_000);
    expect(covered).toHaveLength(4);
    for (const { spans } of covered) {
      expect(spans.filter(({ state }) => state === "gap")).toEqual([]);
      expect(sumSpans(spans).verified_us).toBeGreaterThanOrEqual(HOUR_US - 10_000_000);
    }
  });
});
