import { describe, expect, test } from "bun:test";
import { marketEvent } from "../../src/format/market-event.ts";
import { VirtualClock } from "../../src/ports/virtual-clock.ts";
import { Supervisor } from "../../src/recorder/supervisor.ts";
import type { StorageWriter } from "../../src/store/storage-writer.ts";
import { VirtualRecording } from "./virtual-recording.ts";

/** What is said when messages come so long after they were sent, in milliseconds. */
function warnings(delays: readonly number[]): string[] {
  const clock = new VirtualClock();
  const writer = { watched: () => [], judge: () => {} } as unknown as StorageWriter;
  const said: string[] = [];
  const warn = (text: string) => void said.push(text);
  const supervisor = new Supervisor({ writer, clock, note() {}, refetch() {}, warn });
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

describe("a clock that is set", () => {
  test("forward is noted, from where it would have been", async () => {
    await using recording = await VirtualRecording.start({ markets: 1, rate: 60, seed: 1 });
    await recording.run(5_500);
    const { clock } = recording.venue;
    const fromUs = clock.nowUs();
    clock.stepUs += 90_000_000;
    await recording.run(5_000);
    const [note, ...others] = recording.notesOf("clock-step");
    expect(others).toEqual([]);
    expect(note).toMatchObject({ tokenId: "", cause: "the clock was set forward" });
    expect(note!.to_us - note!.from_us).toBe(90_000_000);
    expect(note!.from_us).toBe(fromUs + 500_000);
    expect(recording.warnings).toEqual(["the clock was set forward, by 90.0 s"]);
  });

  test("backward is noted once, by the socket that gets a new number", async () => {
    await using recording = await VirtualRecording.start({ markets: 1, rate: 60, seed: 1 });
    await recording.run(5_500);
    recording.venue.clock.stepUs -= 90_000_000;
    await recording.run(5_000);
    const causes = recording.notesOf("clock-step").map(({ cause }) => cause);
    expect(causes).toEqual(["the clock was set back"]);
  });
});
