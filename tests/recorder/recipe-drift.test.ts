import { describe, expect, test } from "bun:test";
import { VirtualRecording } from "./virtual-recording.ts";

const SWITCH_MS = 12_000;
const BACK_MS = 35_000;

const SWITCHES = [
  { recipe: "next", atMs: SWITCH_MS },
  { recipe: "10", atMs: BACK_MS },
] as const;

describe("a change of what the venue hashes", () => {
  test.each([
    [40, 60, 2],
    [100, 60, 3],
  ])(
    "makes no book suspect where %d markets change %d times a second",
    async (markets, rate, seed) => {
      const options = { markets, rate, seed, recipeSwitches: SWITCHES };
      await using recording = await VirtualRecording.start(options);
      await recording.run(BACK_MS);
      expect(recording.recorder.summary()).toMatchObject({
        suspect: 0,
        refetches: 0,
        recipeDrift: true,
      });
      expect(recording.warnings).toHaveLength(1);
      const [begun, ...others] = recording.notesOf("recipe-drift");
      expect(others).toEqual([]);
      expect(begun).toMatchObject({ tokenId: "" });
      const startUs = recording.venue.clock.nowUs() - BACK_MS * 1_000;
      expect((begun!.from_us - startUs) / 1_000).toBeGreaterThan(SWITCH_MS);
      expect((begun!.to_us - startUs) / 1_000).toBeLessThan(SWITCH_MS + 15_000);
      const missed = recording.recorder.summary().hashes.missed;
      expect(missed).toBeGreaterThan(100);

      await recording.run(30_000);
      const { recipeDrift, suspect, refetches } = recording.recorder.summary();
      expect({ recipeDrift, suspect, refetches }).toEqual({
        recipeDrift: false,
        suspect: 0,
        refetches: 0,
      });
      expect(recording.notesOf("recipe-drift")).toHaveLength(2);
      expect(recording.warnings).toHaveLength(2);
      const { problems, hashes } = await recording.verify();
      expect(problems).toEqual([]);
      expect(hashes.literal).toBeGreaterThan(missed);
      expect(hashes.checked + hashes.literal).toBe(recording.hashed);
    },
  );

  test("is divergence where there are too few markets to tell, fetched at a pace", async () => {
    const options = { markets: 8, rate: 40, seed: 1, recipeSwitches: SWITCHES.slice(0, 1) };
    await using recording = await VirtualRecording.start(options);
    await recording.run(SWITCH_MS + 8_000);
    expect(recording.recorder.summary()).toMatchObject({ suspect: 0, refetches: 0 });
    await recording.run(30_000);
    const { suspect, refetches, recipeDrift } = recording.recorder.summary();
    expect({ recipeDrift }).toEqual({ recipeDrift: false });
    expect(refetches).toBeGreaterThan(4);
    // Each token once: their books are right, and are missed all the same.
    expect(refetches).toBeLessThanOrEqual(16);
    // A fresh book is not proven either: nothing more is suspected of it.
    expect(suspect).toBeLessThanOrEqual(16);
    await recording.run(60_000);
    expect(recording.recorder.summary().suspect).toBeLessThanOrEqual(16);
  });
});
