import { describe, expect, test } from "bun:test";
import { dirname, join } from "node:path";
import { PolybotError } from "../../src/format/error.ts";
import { FORMAT_VERSION } from "../../src/format/limits.ts";
import { NO_NAMES, NO_SUMS } from "../../src/format/metadata.ts";
import { VirtualClock } from "../../src/ports/virtual-clock.ts";
import { Store } from "../../src/read/store.ts";
import { BUDGET_BYTES_MIN, DiskBudget, MARGIN_BYTES } from "../../src/recorder/disk-budget.ts";
import { BinaryStorage } from "../../src/store/binary-storage.ts";
import { METADATA_NAME, marketFolder, segmentPath, sessionIdAt } from "../../src/store/paths.ts";
import type { TakeOver } from "../../src/store/take-lock.ts";
import { SimulatedDisk } from "../disk/simulated-disk.ts";
import { takeOverAlone } from "../store/lone-locks.ts";

const BASE = "/data";
const MAX_BYTES = 1_000_000_000;
const MB = 1_000_000;
const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const LOOK_MS = 10_000;
const OWN = "20261118-10-40-00-aaaaaa";
const DEAD = "20261117-10-40-00-bbbbbb";

/** A disk on which a segment's one byte counts as a megabyte. */
class LargeDisk extends SimulatedDisk {
  free = 50_000 * MB;

  override async stat(path: string): ReturnType<SimulatedDisk["stat"]> {
    const found = await super.stat(path);
    const isSegment = found?.kind === "file" && path.includes("/updates/");
    return isSegment ? { ...found, size: found.size * MB } : found;
  }

  override async freeBytes(): Promise<number> {
    return this.free;
  }
}

class Rig implements AsyncDisposable {
  readonly disk = new LargeDisk();
  readonly clock = new VirtualClock();
  readonly told: string[] = [];
  readonly writer = {
    recorderId: OWN,
    segmentBytes: 0,
    counts: { stored: 0, skipped: 0, lost: 0 },
    sealed: async () => {},
    recovered: async () => {},
  };
  budget: DiskBudget | undefined;
  /** Another process prunes. */
  isBusy = false;
  /** Locks of others are held. */
  isForeign = false;
  #grown = 0;

  /** A session of so many megabytes; without an end it is open. */
  async session(
    token: string,
    startMs: number,
    megabytes: number,
    { recorder = OWN, isOpen = false } = {},
  ): Promise<void> {
    const session_id = sessionIdAt(startMs);
    const folder = join(marketFolder(BASE), token, session_id);
    const segment = segmentPath(folder, 1);
    await this.disk.makeFolders(dirname(segment));
    await this.disk.writeFile(segment, new Uint8Array(megabytes));
    await new BinaryStorage(this.disk).writeMetadata(
      join(folder, METADATA_NAME),
      {
        ...{ version: FORMAT_VERSION, session_id, token_id: token, market: "0xm", ...NO_NAMES },
        ...{ start_timestamp: startMs, end_timestamp: isOpen ? null : startMs + 1000 },
        ...{ end_reason: isOpen ? null : "roll", update_count: 1, recorder_id: recorder },
        ...{ first_sequence: 1, predecessor: null, segments: 1, bytes: megabytes * MB },
        ...{ repeats: 0, hashes: null, ...NO_SUMS },
      },
      false,
    );
  }

  start(maxBytes = MAX_BYTES): void {
    const takePruneLock = () => {
      if (this.isBusy) throw new PolybotError("PRUNE_RUNNING", "it is being pruned");
      return { release() {} };
    };
    const takeOver: TakeOver = async (...args) =>
      this.isForeign ? undefined : takeOverAlone(...args);
    this.budget = new DiskBudget({
      basePath: BASE,
      maxBytes,
      writer: this.writer,
      fs: this.disk,
      clock: this.clock,
      onEvent: (level, text) => this.told.push(`${level}: ${text}`),
      locks: { takeOver, takePruneLock },
    });
  }

  async run(ms: number, stepMs = LOOK_MS): Promise<void> {
    for (let left = ms; left > 0; left -= stepMs) {
      await turn();
      this.clock.advance(stepMs);
    }
    await turn();
  }

  /** Starts of the sessions that are left, in megabytes of their segments. */
  async left(): Promise<string[]> {
    return (await new Store(BASE, this.disk).folders()).map(({ path }) => path.slice(-17));
  }

  async gaveUp(): Promise<string | undefined> {
    const failure = this.budget!.gaveUp.catch((error) => `${error.code}: ${error.message}`);
    return Promise.race([failure, turn().then(() => undefined)]);
  }

  /** The recorder writes so much more to a session that it begins with it. */
  async grow(megabytes: number): Promise<void> {
    this.writer.segmentBytes += megabytes * MB;
    this.#grown += megabytes;
    await this.session("99", START, this.#grown, { isOpen: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const stopped = this.budget?.stop();
    // Whatever rests goes on resting first.
    await this.run(1000, 100);
    await stopped;
    expect(this.clock.timers).toBe(0);
  }
}

function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 1));
}

const START = 1_790_000_000_000;

test("under its budget nothing goes", async () => {
  await using rig = new Rig();
  for (let day = 0; day < 5; day++) await rig.session("42", START + day * DAY_MS, 100);
  rig.start();
  await rig.run(30 * MINUTE_MS);
  expect(await rig.left()).toHaveLength(5);
  expect(rig.told).toEqual([]);
  expect(await rig.gaveUp()).toBeUndefined();
});

test("what is over its budget at the start goes at once, the oldest first", async () => {
  await using rig = new Rig();
  for (let day = 0; day < 12; day++) await rig.session("42", START + day * DAY_MS, 116);
  rig.start();
  await rig.run(LOOK_MS);
  // Eight are 928 MB and would leave the margin of 67 MB, but not a hundredth more.
  const left = Array.from({ length: 7 }, (_, i) => sessionIdAt(START + (i + 5) * DAY_MS));
  expect(await rig.left()).toEqual(left);
  expect(rig.told).toEqual([expect.stringMatching(/^info: pruned 5 sessions, 580 MB/)]);
});

test("what was written before it was measured counts once", async () => {
  await using rig = new Rig();
  await rig.session("42", START, 400);
  await rig.grow(400);
  rig.start();
  await rig.run(11 * MINUTE_MS);
  expect(await rig.left()).toHaveLength(2);
});

test("what is written since it was measured counts: sessions of dead recorders go for it too", async () => {
  await using rig = new Rig();
  await rig.session("42", START, 400, { recorder: DEAD });
  await rig.session("43", START + DAY_MS, 400);
  rig.start();
  await rig.run(MINUTE_MS);
  expect(await rig.left()).toHaveLength(2);
  await rig.grow(130);
  await rig.run(LOOK_MS);
  expect(await rig.left()).toHaveLength(3);
  await rig.grow(10);
  await rig.run(LOOK_MS);
  // The other that is left is the one that is written.
  expect(await rig.left()).toEqual([sessionIdAt(START + DAY_MS), sessionIdAt(START)]);
});

test("what others write is found by measuring again", async () => {
  await using rig = new Rig();
  await rig.session("42", START, 500);
  rig.start();
  await rig.run(MINUTE_MS);
  await rig.session("43", START + DAY_MS, 600, { isOpen: true });
  await rig.run(8 * MINUTE_MS);
  expect(await rig.left()).toHaveLength(2);
  await rig.run(2 * MINUTE_MS);
  expect(await rig.left()).toEqual([sessionIdAt(START + DAY_MS)]);
});

describe("when nothing is left to prune, the recording is given up", () => {
  test("before the budget is exceeded, by its margin", async () => {
    await using rig = new Rig();
    await rig.session("43", START, 300);
    rig.start();
    await rig.run(MINUTE_MS);
    await rig.grow(700);
    await rig.run(LOOK_MS);
    expect([await rig.left(), await rig.gaveUp()]).toEqual([[sessionIdAt(START)], undefined]);
    await rig.grow(225);
    await rig.run(LOOK_MS);
    expect(await rig.gaveUp()).toBeUndefined();
    await rig.grow(10);
    await rig.run(LOOK_MS);
    expect(await rig.gaveUp()).toMatch(/^DISK_FULL: the store takes 93\d MB of its 1.0 GB/);
    expect(rig.clock.timers).toBe(0);
  });

  test("before the disk is full, but not before what can go is gone", async () => {
    await using rig = new Rig();
    await rig.session("42", START, 300);
    await rig.session("43", START, 300, { isOpen: true });
    rig.start();
    await rig.run(MINUTE_MS);
    rig.disk.free = MARGIN_BYTES - 1;
    await rig.run(LOOK_MS);
    expect([await rig.left(), await rig.gaveUp()]).toEqual([[sessionIdAt(START)], undefined]);
    rig.disk.free = MARGIN_BYTES + 1;
    await rig.run(MINUTE_MS);
    expect(await rig.gaveUp()).toBeUndefined();
    rig.disk.free = MARGIN_BYTES - 1;
    await rig.run(LOOK_MS);
    expect(await rig.gaveUp()).toMatch(/^DISK_FULL: the disk has 67 MB left/);
  });

  test("also while a survey takes its time", async () => {
    await using rig = new Rig();
    for (let i = 0; i < 40; i++) await rig.session("42", START + i * 1000, 1);
    const listed = Promise.withResolvers<void>();
    const list = rig.disk.list.bind(rig.disk);
    rig.disk.list = async (path) => {
      await listed.promise;
      return list(path);
    };
    rig.start();
    await turn();
    rig.disk.free = MARGIN_BYTES / 2 - 1;
    await rig.run(LOOK_MS);
    expect(await rig.gaveUp()).toMatch(/^DISK_FULL: the disk has 34 MB left/);
    listed.resolve();
  });
});

test("another recorder that lives has a quarter of an hour to prune what is its own", async () => {
  await using rig = new Rig();
  await rig.session("42", START, 950, { recorder: DEAD });
  rig.isForeign = true;
  rig.start();
  await rig.run(14 * MINUTE_MS);
  expect([await rig.gaveUp(), await rig.left()]).toEqual([undefined, [sessionIdAt(START)]]);
  expect(rig.told).toEqual([expect.stringMatching(/^warn: only sessions of other recorders/)]);
  await rig.run(2 * MINUTE_MS);
  expect(await rig.gaveUp()).toMatch(/^DISK_FULL: the store takes 950 MB/);
});

test("a prune that another process makes is waited for without a word", async () => {
  await using rig = new Rig();
  await rig.session("42", START, 950);
  rig.isBusy = true;
  rig.start();
  await rig.run(MINUTE_MS);
  expect([rig.told, await rig.gaveUp()]).toEqual([[], undefined]);
  rig.isBusy = false;
  await rig.run(LOOK_MS);
  expect(await rig.left()).toEqual([]);
});

describe("a forecast", () => {
  test("comes after ten minutes, then daily, and once more when three days are left", async () => {
    await using rig = new Rig();
    await rig.session("42", START, 100);
    rig.start(100_000 * MB);
    rig.disk.free = 200_000 * MB;
    const perMinute = 7 * MB;
    const grow = async (minutes: number) => {
      for (let i = 0; i < minutes; i++) {
        rig.writer.segmentBytes += perMinute;
        await rig.run(MINUTE_MS, MINUTE_MS / 2);
      }
    };
    await grow(9);
    expect(rig.told).toEqual([]);
    await grow(2);
    expect(rig.told).toHaveLength(1);
    expect(rig.told[0]).toMatch(/^info: .* grows by 10\.\d GB a day: in 9\.\d days the oldest/);
    await grow(60);
    expect(rig.told).toHaveLength(1);
    // Something else takes the room.
    rig.disk.free = 25_000 * MB;
    await grow(2);
    expect(rig.told).toHaveLength(2);
    expect(rig.told[1]).toMatch(/^warn: .* the disk has 25\.0 GB left.*: in 2\.5 days/);
    await grow(60);
    expect(rig.told).toHaveLength(2);
    rig.clock.advance(DAY_MS - 70 * MINUTE_MS);
    await grow(20);
    expect(rig.told).toHaveLength(3);
  });

  test("counts updates that wait for their block", async () => {
    await using rig = new Rig();
    await rig.session("42", START, 100);
    rig.start();
    rig.writer.counts.stored = 1_000_000;
    await rig.run(11 * MINUTE_MS);
    // Five bytes each, in ten minutes or a little more.
    expect(rig.told[0]).toMatch(/grows by (6\d\d|7\d\d) MB a day/);
  });
});

test("trouble with the disk is told once, and goes on being looked after", async () => {
  await using rig = new Rig();
  await rig.session("42", START, 100);
  let isBroken = true;
  const { disk } = rig;
  disk.freeBytes = async () => {
    if (isBroken) throw Object.assign(new Error("EIO: the test's disk"), { code: "EIO" });
    return disk.free;
  };
  rig.start();
  await rig.run(5 * MINUTE_MS);
  expect(rig.told).toEqual(["warn: the disk budget cannot be kept: EIO: the test's disk"]);
  isBroken = false;
  disk.free = 0;
  await rig.run(2 * LOOK_MS);
  expect(await rig.gaveUp()).toMatch(/^DISK_FULL/);
});

test("the least budget has room for more than the margin", () => {
  expect(BUDGET_BYTES_MIN).toBeGreaterThan(2 * MARGIN_BYTES);
});
