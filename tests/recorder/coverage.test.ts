import { describe, expect, test } from "bun:test";
import { sumSpans } from "../../src/book/coverage-sums.ts";
import type { Span } from "../../src/book/token-ledger.ts";
import { parseFaults } from "../../src/exchange/faults/fault-spec.ts";
import type { ExchangeOptions } from "../../src/exchange/start-exchange.ts";
import { coverage, type TokenCoverage } from "../../src/read/coverage.ts";
import { Store } from "../../src/read/store.ts";
import { temporaryFolder } from "../polybot-process.ts";
import { VirtualRecording } from "./virtual-recording.ts";

const HOUR_US = 3_600_000_000;

function sumOf(counts: ReadonlyMap<string, number>): number {
  return counts.values().reduce((sum, count) => sum + count, 0);
}

/** Two recorders one after the other, the second an hour later. */
async function recordedTwice(options: ExchangeOptions, ms: number): Promise<TokenCoverage[]> {
  using folder = temporaryFolder("memory");
  for (const hour of [0, 1]) {
    await using recording = await VirtualRecording.start(options, { basePath: folder.path });
    recording.venue.clock.stepUs = hour * HOUR_US;
    await recording.run(ms);
  }
  return await Array.fromAsync(coverage(await new Store(folder.path).folders()));
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

  test("has the gaps of three faults, and no others", async () => {
    const options = { markets: 4, rate: 60, seed: 5, tokensPerSocket: 2 };
    await using recording = await VirtualRecording.start(options);
    const { venue, recorder } = recording;
    // So that silence is unusual.
    await recording.run(60_000);
    const faults = new Map<string, { fromUs: number; toUs: number }>();
    for (const [fault, cause, ms] of [
      ["drop,socket=2", "disconnect", 10_000],
      ["half-open,socket=1", "stall", 50_000],
      ["stall-socket,socket=3", "silent", 140_000],
    ] as const) {
      const fromUs = venue.clock.nowUs();
      for (const spec of parseFaults(fault)) venue.exchange.addFault(spec);
      const openings = sumOf(recording.openings);
      while (sumOf(recording.openings) < openings + 2) await recording.run(100, 100);
      faults.set(cause, { fromUs, toUs: venue.clock.nowUs() });
      await recording.run(ms);
    }
    expect(recorder.summary()).toMatchObject({ gaps: 6, suspect: 0 });
    expect((await recording.verify()).problems).toEqual([]);
    const gaps: Span[] = [];
    for await (const { spans } of coverage(await recording.sessions())) {
      gaps.push(...spans.filter(({ state }) => state === "gap" || state === "suspect"));
    }
    // Both tokens of each socket.
    expect(gaps.map(({ cause }) => cause).toSorted()).toEqual(
      [...faults.keys()].flatMap((cause) => [cause, cause]).toSorted(),
    );
    for (const { cause, fromUs, toUs } of gaps) {
      const fault = faults.get(cause)!;
      expect(Math.abs(fromUs - fault.fromUs)).toBeLessThan(1_000_000);
      expect(Math.abs(toUs - fault.toUs)).toBeLessThan(1_000_000);
    }
  });

  test("has no gap where a socket was lost and nothing happened meanwhile", async () => {
    const options = { markets: 2, rate: 0, seed: 1 };
    await using recording = await VirtualRecording.start(options);
    await recording.run(10_000);
    for (const spec of parseFaults("drop,socket=1")) recording.venue.exchange.addFault(spec);
    await recording.run(20_000);
    expect(recording.recorder.summary()).toMatchObject({ reconnects: 1, gaps: 0 });
    await recording.verify();
    for await (const { spans } of coverage(await recording.sessions())) {
      expect(spans[0]).toMatchObject({ state: "verified" });
      expect(spans.filter(({ state }) => state === "gap")).toEqual([]);
      expect(sumSpans(spans).verified_us).toBeGreaterThan(9_000_000);
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
