import { expect, test } from "bun:test";
import { dirname, join } from "node:path";
import { coverage } from "../../src/read/coverage.ts";
import { Store } from "../../src/read/store.ts";
import { verify } from "../../src/read/verify.ts";
import { CHANNEL } from "../../src/store/paths.ts";
import { prune } from "../../src/store/prune.ts";
import { VirtualRecording } from "./virtual-recording.ts";

const HOUR_US = 3_600_000_000;

test("a recorder prunes its own rolled sessions while what continues them is recorded", async () => {
  const options = { markets: 2, rate: 60, seed: 3 };
  await using recording = await VirtualRecording.start(options, { roll: "hour" });
  const { clock, tokenIds } = recording.venue;
  clock.stepUs = HOUR_US - (clock.nowUs() % HOUR_US) - 10_000_000;
  await recording.run(25_000);
  await recording.writer.sealed();
  const [first] = await recording.sessions();
  const basePath = join(dirname(first!.path), "../../..");
  const { pruned, skipped, left } = await prune(basePath, { maxBytes: 0, own: recording.writer });
  expect([skipped, left]).toEqual([[], []]);
  expect(pruned.map(({ token_id }) => token_id).sort()).toEqual(tokenIds.toSorted());
  await recording.run(10_000);
  await recording.recorder.stop();

  const store = new Store(basePath);
  const sessions = await store.folders();
  const tombstones = await store.tombstones();
  const found = await verify(sessions, { tombstones });
  expect(found).toMatchObject({ problems: [], lost: 0, open: 0, pruned: tokenIds.length });
  const told = new Map<string, number>();
  for (const file of tombstones) {
    const [tombstone, ...others] = await file.sessions();
    expect(others).toEqual([]);
    expect(tombstone).toMatchObject({ end_reason: "roll", first_sequence: 1 });
    told.set(`${file.tokenId} ${tombstone!.session_id}`, tombstone!.last_sequence);
  }
  for (const session of sessions) {
    const { token_id, predecessor, first_sequence } = (await session.metadata())!;
    if (token_id === CHANNEL) continue;
    // The numbers go on where those of the tombstone end.
    expect(told.get(`${token_id} ${predecessor}`)).toBe(first_sequence - 1);
  }
  for await (const { spans } of coverage(sessions, { tombstones })) {
    expect(spans[0]).toMatchObject({ state: "gap", cause: "pruned" });
    expect(spans.slice(1).some(({ state }) => state === "gap")).toBe(false);
    expect(spans.some(({ state }) => state === "verified")).toBe(true);
  }
});
