import { describe, expect, test } from "bun:test";
import { Glob } from "bun";
import { seededRandom } from "../../src/ports/random.ts";
import { VirtualClock } from "../../src/ports/virtual-clock.ts";
import type { SyncMode } from "../../src/store/journal.ts";
import { StorageWriter } from "../../src/store/storage-writer.ts";
import { SimulatedDisk } from "../disk/simulated-disk.ts";
import { ROOT } from "../polybot-process.ts";
import { takeLoneLock, takeOverAlone } from "./lone-locks.ts";
import { change, TOKEN } from "./writer-parts.ts";

/** Everything on the simulated disk happens in microtasks. */
async function settled(): Promise<void> {
  for (let i = 0; i < 50; i++) await Promise.resolve();
}

interface Run {
  /** The longest that an update was not written, virtual milliseconds. */
  readonly oldestMs: number;
  /** Updates that were given while a sync was under way. */
  readonly whileSyncing: number;
  readonly syncs: number;
  readonly writes: number;
}

/** A minute of virtual time, with bursts, steady updates and silence. */
async function recordMinute(sync: SyncMode, syncMs: number): Promise<Run> {
  const random = seededRandom(21);
  const clock = new VirtualClock();
  const disk = new SimulatedDisk();
  if (syncMs > 0) disk.slowSync = { clock, ms: syncMs };
  let syncs = 0;
  let writes = 0;
  disk.onOperation = ({ kind, path }) => {
    if (!path.endsWith(".wal")) return;
    if (kind === "datasync") syncs++;
    if (kind === "write") writes++;
  };
  const locks = { takeLock: takeLoneLock, takeOver: takeOverAlone };
  const opening = StorageWriter.open(
    { basePath: "/data", sync },
    { fs: disk, clock, random, ...locks },
  );
  for (let i = 0; i < 10; i++) {
    clock.advance(syncMs);
    await settled();
  }
  const writer = await opening;
  const givenMs: number[] = [];
  let oldestMs = 0;
  let whileSyncing = 0;
  for (let ms = 0; ms < 60_000; ms++) {
    const isSilent = Math.floor(ms / 10_000) % 3 === 2;
    const updates = isSilent ? 0 : random() < 0.02 ? 200 : random() < 0.1 ? 1 : 0;
    for (let i = 0; i < updates; i++) {
      void writer.writeUpdate(TOKEN, change("0.4", String(ms)));
      givenMs.push(ms);
    }
    await settled();
    clock.advance(1);
    await settled();
    const unwritten = givenMs[givenMs.length - writer.unwritten];
    if (unwritten !== undefined) oldestMs = Math.max(oldestMs, ms + 1 - unwritten);
    if (disk.syncing > 0) whileSyncing += updates;
  }
  disk.die();
  return { oldestMs, whileSyncing, syncs, writes };
}

describe("a journal on virtual time", () => {
  test.each([
    [200, 0],
    [200, 500],
    ["always", 30],
    ["os", 0],
  ] as const)(
    "writes every update within 50 ms, synced %p, each sync taking %p ms",
    async (sync, syncMs) => {
      const { oldestMs, whileSyncing, syncs, writes } = await recordMinute(sync, syncMs);
      expect(oldestMs).toBeGreaterThan(0);
      expect(oldestMs).toBeLessThanOrEqual(50);
      // Updates of about 40 ms go together.
      expect(writes).toBeLessThan(60_000 / 30);
      if (syncMs > 0) expect(whileSyncing).toBeGreaterThan(100);
      if (sync === "os") expect(syncs).toBe(0);
      else expect(syncs).toBeGreaterThan(30);
      if (sync === 200) expect(syncs).toBeLessThanOrEqual(60_000 / 200);
    },
    60_000,
  );
});

test("no part of the recorder calls node:fs but through its port, the locks excepted", async () => {
  const offenders: string[] = [];
  for (const path of new Glob("src/{store,recorder}/**/*.ts").scanSync(ROOT)) {
    const source = await Bun.file(`${ROOT}/${path}`).text();
    if (/from "(node:)?fs|Bun\.(write|file)|readFileSync|writeSync/.test(source))
      offenders.push(path);
  }
  expect(offenders.sort()).toEqual(["src/store/recorder-lock.ts"]);
});
