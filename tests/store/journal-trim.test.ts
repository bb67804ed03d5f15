import { expect, test } from "bun:test";
import { rawEvent } from "../../src/format/market-event.ts";
import { seededRandom } from "../../src/ports/random.ts";
import { VirtualClock } from "../../src/ports/virtual-clock.ts";
import { StorageWriter } from "../../src/store/storage-writer.ts";
import { SimulatedDisk } from "../disk/simulated-disk.ts";
import { takeLoneLock, takeOverAlone } from "./lone-locks.ts";
import { change } from "./writer-parts.ts";

const SESSIONS = 40;
/** Fewer than make a block full, and more than are copied. */
const ROWS = 400;
const FEW_ROWS = 100;
const BUFFER = 4000;
const MB = 1_000_000;
/** Parts of 16 MiB that are kept, and the one that is written. */
const JOURNAL_BYTES_MAX = 6 * 16 * 1024 * 1024;

/** Everything on the simulated disk happens in microtasks. */
async function settled(): Promise<void> {
  for (let i = 0; i < 300; i++) await Promise.resolve();
}

test("thousands of open blocks do not fill the queue when the journal is trimmed", async () => {
  const clock = new VirtualClock();
  const disk = new SimulatedDisk();
  const ports = { fs: disk, clock, random: seededRandom(3) };
  const locks = { takeLock: takeLoneLock, takeOver: takeOverAlone };
  const writer = await StorageWriter.open(
    { basePath: "/data", bufferSize: BUFFER },
    { ...ports, ...locks },
  );
  const token = (i: number) => String(1000 + i);
  let queuedMax = 0;
  let isTrimming = false;
  disk.onOperation = () => {
    if (isTrimming) queuedMax = Math.max(queuedMax, writer.queued);
  };
  const pass = async (ms: number) => {
    await settled();
    // What happens then is the timers' doing: all that was given is written.
    isTrimming = true;
    clock.advance(ms);
    await settled();
    isTrimming = false;
  };
  const write = async (i: number, rows: number) => {
    for (let row = 0; row < rows; row++) {
      void writer.writeUpdate(token(i), change("0.4", String(row)));
    }
    await pass(100);
  };
  for (let i = 0; i < SESSIONS; i++) await write(i, ROWS);
  for (let i = SESSIONS; i < 2 * SESSIONS; i++) await write(i, FEW_ROWS);
  // The session that fills the journal with blocks of its own.
  for (let text = 0; text < 110; text++) {
    void writer.writeUpdate(token(2 * SESSIONS), rawEvent("x".repeat(MB)));
    await pass(200);
  }
  for (let second = 0; second < 20; second++) await pass(1000);
  expect(queuedMax).toBeGreaterThan(ROWS);
  // Half of the room, and the block that it ended with.
  expect(queuedMax).toBeLessThanOrEqual(BUFFER / 2 + ROWS + 2);
  expect(writer.counts).toMatchObject({ skipped: 0, lost: 0 });
  let bytes = 0;
  for (const name of await disk.list(`/data/stream/journal/${writer.recorderId}`)) {
    bytes += (await disk.stat(`/data/stream/journal/${writer.recorderId}/${name}`))?.size ?? 0;
  }
  expect(bytes).toBeLessThanOrEqual(JOURNAL_BYTES_MAX);
  disk.die();
}, 60_000);
