import { describe, expect, test } from "bun:test";
import { VirtualRecording } from "./virtual-recording.ts";

const MESSAGES = 200_000;
const SEED = 1;

describe("a recorder of an exchange without faults", () => {
  // Few markets at a high rate: a message then costs less of the exchange's own hashing.
  test.each([
    ["the usual", 1, MESSAGES],
    ["wild", 30, MESSAGES / 10],
  ])("proves every hash and suspects no book, oddities: %s", async (_, oddities, messages) => {
    const options = { markets: 4, series: 1, rate: 400, oddities, seed: SEED };
    await using recording = await VirtualRecording.start(options);
    while (recording.recorder.summary().messages < messages) await recording.run(1_000);
    const { missed, unverifiable } = recording.recorder.summary().hashes;
    expect({ missed, unverifiable }).toEqual({ missed: 0, unverifiable: 0 });
    const { problems, hashes: stored } = await recording.verify();
    const { hashes, suspect, refetches, recipeDrift, dropped } = recording.recorder.summary();
    expect({ suspect, refetches, recipeDrift, dropped }).toEqual({
      suspect: 0,
      refetches: 0,
      recipeDrift: false,
      dropped: 0,
    });
    expect(hashes).toMatchObject({ missed: 0, shed: 0, best_differing: 0 });
    // The end may cut a group off in the middle.
    expect(hashes.unverifiable).toBeLessThan(5);
    const proven = hashes.matched + hashes.late + hashes.searched;
    expect(proven + hashes.unverifiable).toBe(hashes.groups);
    expect(hashes.late).toBeGreaterThan(messages / 500);
    expect(hashes.updates).toBeGreaterThan(messages);
    expect(problems).toEqual([]);
    expect(stored.failed).toBe(0);
    expect(stored.checked + stored.literal).toBe(recording.hashed);
    expect(stored.checked).toBeGreaterThan(0.9 * recording.hashed);
    expect(recording.warnings).toEqual([]);
  });
});
