import { expect, test } from "bun:test";
import { VirtualRecording } from "./virtual-recording.ts";

const USUAL_CPU = 0.3;
const BUSY_CPU = 0.98;

async function run(recording: VirtualRecording, seconds: number, cpuShare: number): Promise<void> {
  for (let i = 0; i < seconds; i++) {
    recording.venue.clock.usedCpuMs += cpuShare * 1_000;
    await recording.run(1_000);
  }
}

test("a processor that cannot follow sheds verification, and tells of it", async () => {
  await using recording = await VirtualRecording.start({ markets: 4, rate: 100, seed: 1 });
  const { exchange } = recording.venue;
  const { recorder, warnings } = recording;
  await run(recording, 20, USUAL_CPU);
  // What is late on an idle processor is late on the way: nothing is shed for it.
  exchange.addFault({ kind: "slow-reader", forMs: 12_000 });
  await run(recording, 40, USUAL_CPU);
  expect(recorder.summary().hashes).toMatchObject({ shed: 0, missed: 0 });
  expect(warnings).toEqual([]);

  exchange.addFault({ kind: "slow-reader", forMs: 12_000 });
  await run(recording, 12, BUSY_CPU);
  expect(recorder.summary().hashes.shed).toBeGreaterThan(0);
  expect(warnings.join()).toContain("s behind: hashes are not verified");
  expect(recording.notesOf("shed")).toHaveLength(1);
  await run(recording, 30, USUAL_CPU);
  const { shed, matched } = recorder.summary().hashes;
  await run(recording, 30, USUAL_CPU);
  const after = recorder.summary();
  expect(after.hashes.shed).toBe(shed);
  expect(after.hashes.matched).toBeGreaterThan(matched + 500);
  expect(after).toMatchObject({ suspect: 0, refetches: 0, dropped: 0 });
  const [begun, ended, ...others] = recording.notesOf("shed");
  expect(others).toEqual([]);
  expect(begun).toMatchObject({ tokenId: "", cause: "overload", to_us: begun!.from_us });
  expect(ended).toMatchObject({ tokenId: "", cause: "overload", from_us: begun!.from_us });
  expect(ended!.to_us).toBeGreaterThan(begun!.from_us + 2_000_000);
  const { problems, hashes } = await recording.verify();
  expect(problems).toEqual([]);
  expect(hashes.checked + hashes.literal).toBe(recording.hashed);
});

test("a recorder that stops while it sheds tells of it to its end", async () => {
  await using recording = await VirtualRecording.start({ markets: 4, rate: 100, seed: 1 });
  await run(recording, 20, USUAL_CPU);
  recording.venue.exchange.addFault({ kind: "slow-reader", forMs: 12_000 });
  await run(recording, 10, BUSY_CPU);
  expect(recording.notesOf("shed")).toHaveLength(1);
  await recording.recorder.stop();
  expect(recording.notesOf("shed")).toHaveLength(2);
});
