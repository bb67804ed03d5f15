import { expect, test } from "bun:test";
import { LiveCollections } from "../live-collections.ts";
import { SelectedRecording } from "./selected-recording.ts";

const MINUTE = 60_000;
const FOLDERS = ["recorder", "polymarket", "store", "book"];
/** Sessions and sockets that are there at one moment, and not at another. */
const PASSING = 6;

/** Collections by the file that made them. */
function counted(live: LiveCollections): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { file } of live.of(FOLDERS)) counts.set(file, (counts.get(file) ?? 0) + 1);
  return counts;
}

/** The files that made collections with any of these texts in them, and how many of the texts. */
function holders(live: LiveCollections, texts: ReadonlySet<string>): [string, number][] {
  return live.of(FOLDERS).flatMap(({ file, collection }): [string, number][] => {
    const content = collection instanceof Map ? [...collection].flat() : [...collection];
    const held = content.filter((item) => typeof item === "string" && texts.has(item)).length;
    return held === 0 ? [] : [[file, held]];
  });
}

test("what is kept of a token ends with it, however many windows follow one another", async () => {
  using live = new LiveCollections();
  await using selected = await SelectedRecording.start({ rate: 2, seed: 7 });
  await selected.run(5 * MINUTE);
  const before = counted(live);
  await selected.run(20 * MINUTE);
  // The last one may be about to be let go.
  const over = selected.ended.slice(0, -1).map(({ market }) => market);
  expect(over.length).toBeGreaterThan(20);
  const tokenIds = over.flatMap(({ outcomes }) => outcomes.map(({ tokenId }) => tokenId));
  // Ends of sessions and of markets are remembered, ten thousand of each at most.
  expect(holders(live, new Set(tokenIds))).toEqual([
    ["src/store/session-manager.ts", tokenIds.length],
  ]);
  expect(holders(live, new Set(over.map(({ conditionId }) => conditionId)))).toEqual([
    ["src/recorder/selection.ts", over.length],
  ]);
  for (const [file, count] of counted(live)) {
    expect([file, count]).toEqual([file, Math.min(count, (before.get(file) ?? 0) + PASSING)]);
  }
}, 60_000);
