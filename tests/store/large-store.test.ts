import { expect, test } from "bun:test";
import { join } from "node:path";
import { FORMAT_VERSION } from "../../src/format/limits.ts";
import { NO_NAMES, NO_SUMS } from "../../src/format/metadata.ts";
import { BinaryStorage } from "../../src/store/binary-storage.ts";
import { METADATA_NAME, marketFolder, sessionIdAt } from "../../src/store/paths.ts";
import { prune } from "../../src/store/prune.ts";
import { surveyStore } from "../../src/store/store-survey.ts";
import { SimulatedDisk } from "../disk/simulated-disk.ts";
import { BASE, LONE_LOCKS } from "./pruned-disk.ts";

const START_MS = 1_790_000_000_000;
/** A few more than are remembered at a time. */
const SESSIONS = 10_020;
const REMEMBERED = 10_000;
const TOKENS = 7;

/** A store of sessions that have nothing but their metadata; what ends first is listed last. */
async function largeStore(): Promise<SimulatedDisk> {
  const disk = new SimulatedDisk();
  const storage = new BinaryStorage(disk);
  for (let i = 0; i < SESSIONS; i++) {
    const start_timestamp = START_MS + i * 1000;
    const session_id = sessionIdAt(start_timestamp);
    const token_id = String(TOKENS - (i % TOKENS));
    const folder = join(marketFolder(BASE), token_id, session_id);
    await disk.makeFolders(folder);
    const metadata = {
      ...{ version: FORMAT_VERSION, session_id, token_id, market: "0xm", ...NO_NAMES },
      ...{ start_timestamp, end_timestamp: start_timestamp, end_reason: "roll" as const },
      ...{ update_count: 1, recorder_id: "r", first_sequence: 1, predecessor: null },
      ...{ segments: 0, bytes: 0, repeats: 0, hashes: null, ...NO_SUMS },
    };
    await storage.writeMetadata(join(folder, METADATA_NAME), metadata, false);
  }
  return disk;
}

test("of a large store the oldest sessions are remembered, and pruned until it is enough", async () => {
  const disk = await largeStore();
  const { sealed, hasMore, bytes } = await surveyStore(disk, BASE);
  expect([sealed.length, hasMore]).toEqual([REMEMBERED, true]);
  expect(sealed.map(({ endMs }) => endMs)).toEqual(sealed.map((_, i) => START_MS + i * 1000));
  expect(bytes / SESSIONS).toBe(2 * 4096);
  const { pruned, left } = await prune(BASE, { maxBytes: 0, fs: disk, ...LONE_LOCKS });
  expect([pruned.length, left]).toEqual([SESSIONS, []]);
});
