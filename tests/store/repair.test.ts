import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { decodeHeader } from "../../src/format/chunk.ts";
import { systemClock } from "../../src/ports/clock.ts";
import { systemFs } from "../../src/ports/fs.ts";
import { BinaryStorage } from "../../src/store/binary-storage.ts";
import { recoverStore } from "../../src/store/recovery.ts";
import { repair } from "../../src/store/repair.ts";
import type { Repairs } from "../../src/store/repairs.ts";
import { takeOver } from "../../src/store/take-lock.ts";
import { Choice } from "../fuzz/choice.ts";
import { flipBit } from "../hostile-bytes.ts";
import { ROOT, temporaryFolder } from "../polybot-process.ts";
import { chunkRanges } from "../sample-segment.ts";
import { expectFaultsHarmless, expectKept, expectSameFiles } from "./faulty-repairs.ts";
import { HARMS, type Harm } from "./harms.ts";
import { expectRepaired } from "./random-harm.ts";
import { SmallStore } from "./small-store.ts";

const RANDOM_HARMS = 100;

let sound: SmallStore;
let updates: Map<number, string>;

beforeAll(async () => {
  sound = await SmallStore.recorded();
  updates = await sound.updates();
});

afterAll(() => sound[Symbol.dispose]());

/** Sequence numbers of a block. */
function numbersOf([segment, chunk]: Harm["costs"][number]): number[] {
  const bytes = sound.files().get(`updates/00000000${segment}.bin`)!;
  const { firstSequence, records } = decodeHeader(bytes, chunkRanges(bytes)[chunk]!.start)!;
  return Array.from({ length: records }, (_, i) => firstSequence + i);
}

test("the store that is harmed has the segments and blocks that harms name", () => {
  const blocks = [1, 2, 3].map((number) => chunkRanges(readFileSync(sound.segment(number))).length);
  expect(blocks.map((count) => count - 3)).toEqual([4, 4, 2]);
  expect(sound.segments).toBe(3);
});

test("a sound store stays as it is", async () => {
  using store = sound.copy();
  const done = await repair([store.session]);
  expect(done).toMatchObject({ sessions: 1, repaired: 0, files: [], lost: [], left: [] });
  expectSameFiles(store.files(), sound.files());
});

describe.each(HARMS.map((harm) => [harm.name, harm] as const))("%s", (_, { harm, costs }) => {
  test("is repaired at that cost, told by notes, kept, and then stays", async () => {
    using store = sound.copy();
    harm(store);
    const before = store.files();
    const damaged = await store.verify();
    expect(damaged.damaged).toBeGreaterThan(0);

    const plan = await repair([store.session], { dryRun: true });
    expectSameFiles(store.files(), before);
    const done = await repair([store.session]);
    expect(plan).toEqual({ ...done, dry_run: true });
    expect(done).toMatchObject({ repaired: 1, left: [], living: [] });

    // What is sound stays as it is.
    const told = damaged.problems.map(({ file }) => file);
    for (const { file, reason } of done.files) {
      if (file.includes("updates") && reason !== "it is missing") expect(told).toContain(file);
    }

    const lost = new Set(costs.flatMap(numbersOf));
    const noted = done.lost.flatMap(({ first_sequence: first, last_sequence: last }) =>
      Array.from({ length: last - first + 1 }, (_, i) => first + i),
    );
    expect(noted).toEqual([...lost]);
    const { problems, lost: verified } = await store.verify();
    expect(problems).toEqual([]);
    expect(verified).toBe(lost.size);

    const seen = await store.updates();
    for (const [number, update] of updates) {
      if (!lost.has(number)) expect([number, seen.get(number)]).toEqual([number, update]);
    }
    const notes = [...seen].filter(([number]) => lost.has(number));
    expect(notes.map(([number]) => number)).toEqual(
      done.lost.map(({ first_sequence }) => first_sequence),
    );
    for (const [, note] of notes) expect(note).toContain("repair");

    const after = store.files();
    expectKept(before, after);
    const again = await repair([store.session]);
    expect(again).toMatchObject({ repaired: 0, files: [], lost: [], left: [] });
    expectSameFiles(store.files(), after);
  });
});

test("what is sound is byte for byte what it was", async () => {
  using store = sound.copy();
  HARMS[0]!.harm(store);
  await repair([store.session]);
  const [before, after] = [sound, store].map((of) => {
    const bytes = readFileSync(of.segment(2));
    return chunkRanges(bytes).map(({ start, end }) => bytes.subarray(start, end));
  });
  for (const number of [0, 1, 3, 4]) expect(after![number]).toEqual(before![number]);
});

test("what is damaged again is kept again, under another name", async () => {
  using store = sound.copy();
  const harm = HARMS.find(({ name }) => name === "a segment full of zeros")!;
  for (const kept of [".broken", ".broken-2"]) {
    harm.harm(store);
    // No two are the same bytes.
    writeFileSync(
      store.segment(2),
      Buffer.concat([readFileSync(store.segment(2)), Buffer.from(kept)]),
    );
    const before = store.files();
    await repair([store.session]);
    expectKept(before, store.files());
    expect([...store.files().keys()]).toContain(`updates/000000002.bin${kept}`);
  }
});

test("a note says when its updates were received, at most", async () => {
  using store = sound.copy();
  HARMS[0]!.harm(store);
  const done = await repair([store.session]);
  const [{ first_sequence: first, last_sequence: last }] = done.lost as [Repairs["lost"][number]];
  const seen = await store.updates();
  const timeOf = (number: number) => JSON.parse(updates.get(number)!)[0] as number;
  const [receivedUs, verdict, , data] = JSON.parse(seen.get(first)!);
  expect([receivedUs, verdict]).toEqual([timeOf(first - 1), "unverifiable"]);
  expect(JSON.parse(data)).toEqual({
    kind: "repair",
    cause: "damage",
    from_us: timeOf(first - 1),
    to_us: timeOf(last + 1),
    updates: last - first + 1,
    last_sequence: last,
  });
});

test("metadata and snapshot that are made anew are those of before", async () => {
  const storage = new BinaryStorage(systemFs);
  using store = sound.copy();
  const paths = ["metadata.bin", "snapshot.bin"].map((name) => join(store.session, name));
  const metadata = await storage.readMetadata(paths[0]!);
  const snapshot = await storage.readSnapshot(paths[1]!);
  for (const path of paths) writeFileSync(path, "");
  await repair([store.session]);
  // What came of hashes stands nowhere else.
  expect(await storage.readMetadata(paths[0]!)).toEqual({ ...metadata, hashes: null });
  // The names came after the book.
  expect(await storage.readSnapshot(paths[1]!)).toEqual({ ...snapshot, outcome: "Yes" });
});

describe("damage that only a person can judge is left, and told", () => {
  const cases: [string, (store: SmallStore) => void, RegExp][] = [
    [
      "a segment under another's name",
      (store) => copyFileSync(store.segment(1), store.segment(3)),
      /it is segment 1, under another's name/,
    ],
    [
      "a newer format",
      (store) => {
        const bytes = Uint8Array.from(readFileSync(store.segment(2)));
        bytes[7] = 200;
        const view = new DataView(bytes.buffer);
        view.setUint32(60, Bun.hash.crc32(bytes.subarray(0, 60)), true);
        writeFileSync(store.segment(2), bytes);
      },
      /a newer format version/,
    ],
    [
      "no head anywhere",
      (store) => {
        for (const name of store.files().keys()) writeFileSync(join(store.session, name), "x");
      },
      /no file is left that says whose it is/,
    ],
    ["a folder for a file", (store) => mkdirSync(store.segment(4)), /it cannot be read/],
  ];

  test.each(cases)("%s", async (_, harm, reason) => {
    using store = sound.copy();
    harm(store);
    const before = store.files();
    const { left, files } = await repair([store.session]);
    expect(files).toEqual([]);
    expect(left).toMatchObject([{ reason: expect.stringMatching(reason) }]);
    expectSameFiles(store.files(), before);
  });

  test("a head of another session of the token", async () => {
    using store = sound.copy();
    await store.record();
    const [first, second] = readdirSync(dirname(store.session));
    const path = (session: string) =>
      join(dirname(store.session), session, "updates/000000001.bin");
    copyFileSync(path(first!), path(second!));
    const { left } = await repair([dirname(dirname(path(second!)))]);
    expect(left).toMatchObject([{ reason: expect.stringContaining("of another session") }]);
  });
});

async function recover(basePath: string): Promise<void> {
  const ports = { fs: systemFs, clock: systemClock, takeOver };
  const options = { basePath, ...ports, segmentBytesMax: 6000, living: [] };
  for await (const { failure } of recoverStore(options)) expect(failure).toBeUndefined();
}

describe("a session whose recorder died", () => {
  /** Recorded by a process that was killed. */
  function killed(basePath: string): void {
    const source = `
      import { SmallStore } from ${JSON.stringify(join(ROOT, "tests/store/small-store.ts"))};
      const store = new SmallStore(${JSON.stringify(basePath)});
      await store.record({ seal: false, updates: 100 });
      process.kill(process.pid, "SIGKILL");`;
    Bun.spawnSync([process.execPath, "-e", source]);
  }

  /** The same, and the journal is gone. */
  function crashed(basePath: string): void {
    killed(basePath);
    for (const path of new Bun.Glob("stream/journal/*/{*.wal,reserve}").scanSync(basePath)) {
      rmSync(join(basePath, path));
    }
  }

  test("is sealed; its segment goes on where it was, and nothing need be kept", async () => {
    using folder = temporaryFolder();
    crashed(folder.path);
    using store = new SmallStore(folder.path);
    const before = store.files();
    expect(await store.verify()).toMatchObject({ open: 1, crashed: 1, damaged: 0 });
    const done = await repair([store.session]);
    expect(done.files.map(({ kept_as }) => kept_as)).toEqual([null, null]);
    expect(done.lost).toEqual([]);
    expect(await store.verify()).toMatchObject({ open: 0, damaged: 0, lost: 0, updates: 102 });
    const metadata = await new BinaryStorage(systemFs).readMetadata(
      join(store.session, "metadata.bin"),
    );
    expect(metadata).toMatchObject({ end_reason: "crash", update_count: 102, slug: "will-it" });
    const name = "updates/000000001.bin";
    const begun = before.get(name)!;
    expect(Buffer.compare(store.files().get(name)!.slice(0, begun.length), begun)).toBe(0);
    expect((await repair([store.session])).repaired).toBe(0);
    // Nothing is left of the lock.
    expect(readdirSync(join(folder.path, "stream/journal"))).toEqual(["claims.sqlite"]);
  });

  test("tells of a torn end, though nobody knows how much is lost", async () => {
    using folder = temporaryFolder();
    crashed(folder.path);
    using store = new SmallStore(folder.path);
    const bytes = readFileSync(store.segment(1));
    writeFileSync(store.segment(1), Buffer.concat([bytes, bytes.subarray(0, 30)]));
    const { lost } = await repair([store.session]);
    expect(lost).toMatchObject([{ first_sequence: 103, last_sequence: 103, updates: 0 }]);
    expect(await store.verify()).toMatchObject({ damaged: 0, lost: 0, updates: 103 });
    expect((await repair([store.session])).repaired).toBe(0);
  });

  test("and whose journal was replayed is repaired like any other", async () => {
    using folder = temporaryFolder();
    killed(folder.path);
    using store = new SmallStore(folder.path);
    await recover(folder.path);
    expect(store.segments).toBe(2);
    expect(await store.verify()).toMatchObject({ open: 0, damaged: 0 });
    const before = await store.updates();
    expect(await repair([store.session])).toMatchObject({ files: [], left: [] });
    // The first one has no end, and needs none: the second says that it resumes.
    const bytes = Uint8Array.from(readFileSync(store.segment(2)));
    const { end } = chunkRanges(bytes).at(-2)!;
    writeFileSync(store.segment(2), flipBit(bytes, (end - 1) * 8));
    expect(await store.verify()).toMatchObject({ damaged: 1 });
    const { files, lost } = await repair([store.session]);
    expect(files.map(({ file }) => file)).toEqual([store.segment(2)]);
    expect(lost).toEqual([]);
    expect(await store.verify()).toMatchObject({ damaged: 0 });
    expect(await store.updates()).toEqual(before);
    expect((await repair([store.session])).files).toEqual([]);
  });

  test("and had no snapshot, though its first book is in a segment, gets one", async () => {
    using folder = temporaryFolder();
    killed(folder.path);
    using store = new SmallStore(folder.path);
    const snapshot = join(store.session, "snapshot.bin");
    const before = await new BinaryStorage(systemFs).readSnapshot(snapshot);
    rmSync(snapshot);
    await recover(folder.path);
    expect(await new BinaryStorage(systemFs).readSnapshot(snapshot)).toEqual(before);
    expect(await store.verify()).toMatchObject({ open: 0, damaged: 0 });
  });

  for (const [begun, written] of [
    ["one more segment", 0],
    ["the head of one more", 30],
  ] as const) {
    test(`and had just begun ${begun} is recovered without it`, async () => {
      using folder = temporaryFolder();
      killed(folder.path);
      using store = new SmallStore(folder.path);
      const head = readFileSync(store.segment(1)).subarray(0, written);
      writeFileSync(store.segment(2), head);
      await recover(folder.path);
      expect(store.segments).toBe(2);
      expect(readFileSync(store.segment(2)).length).toBeGreaterThan(100);
      expect(await store.verify()).toMatchObject({ open: 0, damaged: 0, lost: 0 });
      expect(await repair([store.session])).toMatchObject({ repaired: 0, left: [] });
    });
  }

  test("waits for its journal", async () => {
    using folder = temporaryFolder();
    crashed(folder.path);
    using store = new SmallStore(folder.path);
    const { recorder_id } = await new BinaryStorage(systemFs).readMetadata(
      join(store.session, "metadata.bin"),
    );
    const journal = join(folder.path, "stream/journal", recorder_id);
    writeFileSync(join(journal, "000000001.wal"), "");
    const { left, files } = await repair([store.session]);
    expect(files).toEqual([]);
    expect(left).toMatchObject([{ reason: expect.stringContaining("journal") }]);
    expect(readdirSync(journal)).toContain("000000001.wal");
  });
});

test("a session whose recorder lives is left alone, and named", async () => {
  using folder = temporaryFolder();
  const source = `
    import { expectRepaired } from "./random-harm.ts";
import { SmallStore } from ${JSON.stringify(join(ROOT, "tests/store/small-store.ts"))};
    const store = new SmallStore(${JSON.stringify(folder.path)});
    await store.record({ seal: false, updates: 100 });
    console.log("recording");
    await new Promise(() => setInterval(() => {}, 1000));`;
  const recorder = Bun.spawn([process.execPath, "-e", source], { stdout: "pipe" });
  try {
    for await (const chunk of recorder.stdout) if (chunk.length > 0) break;
    const token = join(folder.path, "stream/market/42");
    const session = join(token, readdirSync(token)[0]!);
    for (const dryRun of [true, false]) {
      const { files, living } = await repair([session], { dryRun });
      expect(files).toEqual([]);
      expect(living).toMatchObject([{ session, pid: recorder.pid }]);
    }
  } finally {
    recorder.kill("SIGKILL");
    await recorder.exited;
  }
});

describe("a repair that fails or is stopped at any call", () => {
  const cases = ["two neighbours in two segments", "metadata, a head and a block"];
  test.each(cases)("loses nothing more, and is ended by the next: %s", async (name) => {
    const harm = HARMS.find((candidate) => candidate.name === name)!;
    const done = await expectFaultsHarmless(sound, harm, ["EIO", "stop"]);
    expect(done).toBeGreaterThan(30);
  });
});

test("whatever was done to two files, either all is repaired or what is left is named", async () => {
  const seed = Math.floor(Math.random() * 2 ** 31);
  console.log(`seed ${seed}`);
  let repaired = 0;
  for (let i = 0; i < RANDOM_HARMS; i++) {
    if (await expectRepaired(sound, new Choice(seed + i))) repaired++;
  }
  expect(repaired).toBeGreaterThan(RANDOM_HARMS / 2);
});

test("what lies in no store is refused", async () => {
  using folder = temporaryFolder();
  const session = join(folder.path, "20300102-03-04-05");
  mkdirSync(session);
  await expect(repair([session])).rejects.toMatchObject({ code: "NOT_A_STORE" });
});
