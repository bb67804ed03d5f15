import { describe, expect, test } from "bun:test";
import type { Span } from "../../src/book/token-ledger.ts";
import { marketEvent } from "../../src/format/market-event.ts";
import { VirtualClock } from "../../src/ports/virtual-clock.ts";
import { coverage } from "../../src/read/coverage.ts";
import { ClockWatch } from "../../src/recorder/clock-watch.ts";
import { Supervisor } from "../../src/recorder/supervisor.ts";
import type { StorageWriter } from "../../src/store/storage-writer.ts";
import { type RecordedNote, VirtualRecording } from "./virtual-recording.ts";

/** What is said when messages come so long after they were sent, in milliseconds. */
function warnings(delays: readonly number[]): string[] {
  const clock = new VirtualClock();
  const writer = { watched: () => [], judge: () => {} } as unknown as StorageWriter;
  const said: string[] = [];
  const warn = (text: string) => void said.push(text);
  const idle = { note() {}, refetch() {}, clockStepped() {} };
  const supervisor = new Supervisor({ writer, clock, ...idle, warn });
  for (const delayMs of delays) {
    const timestamp = String(clock.nowUs() / 1_000 - delayMs);
    supervisor.heard(marketEvent("price_change", { timestamp }), clock.nowUs());
    clock.advance(100);
  }
  return said;
}

describe("a clock that is off", () => {
  test("is told once, and how far", () => {
    expect(warnings(Array(100).fill(-3_000))).toEqual([
      "this machine's clock is 3.0 s behind the venue's",
    ]);
    expect(warnings(Array(100).fill(9_500))).toEqual([
      "this machine's clock is 9.5 s ahead of the venue's, or its messages take as long",
    ]);
  });

  test("is not suspected for what is usual, or for some messages that were late", () => {
    expect(warnings(Array(100).fill(300))).toEqual([]);
    expect(warnings(Array(100).fill(-200))).toEqual([]);
    expect(warnings([...Array(19).fill(9_000), 150])).toEqual([]);
    expect(warnings(Array(19).fill(-3_000))).toEqual([]);
    expect(warnings(Array(100).fill(Number.NaN))).toEqual([]);
    const recorded = 30 * 86_400_000;
    expect(warnings(Array(100).fill(recorded))).toEqual([]);
  });
});

const MARKET = { markets: 1, rate: 20, seed: 1 };
const STEP_US = 90_000_000;

/** The notes of a step, those of tokens apart from the channel's. */
function stepsOf(recording: VirtualRecording): { channel: RecordedNote[]; tokens: RecordedNote[] } {
  const steps = recording.notesOf("clock-step");
  return {
    channel: steps.filter(({ tokenId }) => tokenId === ""),
    tokens: steps.filter(({ tokenId }) => tokenId !== ""),
  };
}

async function spansOf(recording: VirtualRecording): Promise<(readonly Span[])[]> {
  expect((await recording.verify()).problems).toEqual([]);
  const all = await Array.fromAsync(coverage(await recording.sessions()));
  return all.map(({ spans }) => spans);
}

describe("a clock that is set", () => {
  test("forward is noted before the next message, and the time between is no proven time", async () => {
    await using recording = await VirtualRecording.start(MARKET);
    await recording.run(5_500);
    const { clock } = recording.venue;
    const fromUs = clock.nowUs();
    clock.stepUs += STEP_US;
    await recording.run(5_000);
    const { channel, tokens } = stepsOf(recording);
    expect(channel).toHaveLength(1);
    expect(tokens.map(({ tokenId }) => tokenId)).toEqual(recording.venue.tokenIds);
    for (const note of [...channel, ...tokens]) {
      expect(note.cause).toBe("the clock was set forward");
      expect(note.to_us - note.from_us).toBe(STEP_US);
      expect(note.from_us - fromUs).toBeLessThan(500_000);
    }
    expect(recording.warnings).toEqual(["the clock was set forward, by 90.0 s"]);
    for (const spans of await spansOf(recording)) {
      const step = spans.findIndex(({ cause }) => cause === "clock-step");
      expect(spans[step]!.toUs - spans[step]!.fromUs).toBe(STEP_US);
      // The book goes on through it.
      expect([spans[step - 1], spans[step], spans[step + 1]]).toMatchObject([
        { state: "verified", toUs: channel[0]!.from_us },
        { state: "unverified" },
        { state: "verified", fromUs: channel[0]!.to_us },
      ]);
    }
  });

  test("backward is noted by the socket that gets a new number, and no time that comes twice is proven", async () => {
    await using recording = await VirtualRecording.start(MARKET);
    await recording.run(5_500);
    const { clock } = recording.venue;
    const fromUs = clock.nowUs();
    clock.stepUs -= STEP_US;
    await recording.run(5_000);
    const { channel, tokens } = stepsOf(recording);
    expect(channel.map(({ cause }) => cause)).toEqual(Array(2).fill("the clock was set back"));
    expect(tokens).toHaveLength(2);
    expect(recording.warnings).toEqual(["the clock was set back, by 90.0 s"]);
    await recording.run(STEP_US / 1_000);
    for (const spans of await spansOf(recording)) {
      const steps = spans.filter(({ cause }) => cause === "clock-step");
      expect(steps).toHaveLength(1);
      // It began to record after the time to which the clock was set.
      expect(steps[0]!.fromUs).toBe(spans[0]!.fromUs);
      expect(Math.abs(steps[0]!.toUs - fromUs)).toBeLessThan(1_000_000);
    }
  });

  test("backward while a connection is lost has a gap on either side of it", async () => {
    await using recording = await VirtualRecording.start(MARKET);
    await recording.run(200_500);
    const { clock, exchange } = recording.venue;
    exchange.addFault({ kind: "restart", forMs: 20_000 });
    await recording.run(5_000);
    clock.stepUs -= STEP_US;
    const setUs = clock.nowUs();
    await recording.run(60_000);
    for (const spans of await spansOf(recording)) {
      const gaps = spans.filter(({ cause }) => cause === "disconnect");
      expect(gaps).toHaveLength(2);
      expect(Math.abs(gaps[0]!.fromUs - setUs)).toBeLessThan(1_000_000);
      expect(gaps[0]!.toUs - gaps[0]!.fromUs).toBeGreaterThan(14_000_000);
      expect(Math.abs(gaps[1]!.toUs - setUs - STEP_US)).toBeLessThan(1_000_000);
      expect(gaps[1]!.toUs - gaps[1]!.fromUs).toBeGreaterThan(4_000_000);
    }
  });

  test("twice does not change what its times were", () => {
    const watch = new ClockWatch(1_000_000_000, 0);
    expect(watch.look(1_000_900_000, 900)).toBe(0);
    expect(watch.look(1_091_000_000, 1_000)).toBe(90_000_000);
    expect(watch.look(1_001_100_000, 1_100)).toBe(-90_000_000);
    expect(watch.look(1_001_600_000, 1_200)).toBe(0);
    expect([500_000, 1_050_000, 1_100_000].map((us) => watch.wallUs(us))).toEqual([
      1_000_500_000, 1_091_050_000, 1_001_100_000,
    ]);
  });
});
