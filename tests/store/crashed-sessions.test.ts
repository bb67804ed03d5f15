import { describe, expect, test } from "bun:test";
import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { decodeFileHead, encodeFileHead } from "../../src/format/file-head.ts";
import { scanBytes } from "../../src/format/scan-bytes.ts";
import { systemFs } from "../../src/ports/fs.ts";
import { SessionReader } from "../../src/read/session-reader.ts";
import { Store } from "../../src/read/store.ts";
import { verify } from "../../src/read/verify.ts";
import { BinaryStorage } from "../../src/store/binary-storage.ts";
import { repair } from "../../src/store/repair.ts";
import { flipBit } from "../hostile-bytes.ts";
import { ROOT, temporaryFolder } from "../polybot-process.ts";
import { chunkRanges } from "../sample-segment.ts";
import { recover } from "./harmed-journal.ts";
import { recordKilled } from "./killed-recorder.ts";
import { SmallStore } from "./small-store.ts";

describe("a session whose recorder died", () => {
  function killed(basePath: string): void {
    recordKilled(basePath, 100);
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
    expect(await recover(folder.path)).toEqual([]);
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

  test("and had begun to write all of it again is recovered with all of it", async () => {
    using folder = temporaryFolder();
    killed(folder.path);
    using store = new SmallStore(folder.path);
    const before = await store.updates();
    const [first] = scanBytes(readFileSync(store.segment(1)));
    if (first?.kind !== "chunk") throw new Error("the segment has no head");
    const head = decodeFileHead(first.header, first.stored);
    const resumed = { ...head, segment: 2, firstSequence: 1, resumes: true };
    writeFileSync(store.segment(2), encodeFileHead(5, resumed));
    expect(await recover(folder.path)).toEqual([]);
    const after = await store.updates();
    for (const [number, update] of before) {
      // What was pending is judged by then.
      expect(JSON.parse(after.get(number)!).toSpliced(1, 1)).toEqual(
        JSON.parse(update).toSpliced(1, 1),
      );
    }
    expect(await store.verify()).toMatchObject({ open: 0, damaged: 0, lost: 0 });
  });

  test("and had just begun a segment is read, though a recovery removes that meanwhile", async () => {
    using folder = temporaryFolder();
    killed(folder.path);
    using store = new SmallStore(folder.path);
    const updates = (await store.updates()).size;
    writeFileSync(store.segment(1), "");
    const gone = join(folder.path, "nothing");
    const open = (path: string) => systemFs.open(path === store.segment(1) ? gone : path);
    const fs = { ...systemFs, open };
    const sessions = await new Store(folder.path, fs).folders();
    expect(await verify(sessions, { fs })).toMatchObject({ problems: [], open: 1 });
    const read = await Array.fromAsync(new SessionReader(sessions[0]!, { fs }));
    expect(read).toHaveLength(updates);
  });

  test("is followed from its first update though it had none when it was looked at first", async () => {
    using folder = temporaryFolder();
    killed(folder.path);
    using store = new SmallStore(folder.path);
    const updates = (await store.updates()).size;
    const [wal] = new Bun.Glob("stream/journal/*/*.wal").scanSync(folder.path);
    const files = [store.segment(1), join(folder.path, wal!)];
    for (const file of files) renameSync(file, `${file}.later`);
    const cursor = new SessionReader(store.session).cursor();
    expect(await Array.fromAsync(cursor.fresh())).toEqual([]);
    for (const file of files) renameSync(`${file}.later`, file);
    expect(await Array.fromAsync(cursor.fresh())).toHaveLength(updates);
  });

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
import { recordKilled } from "./killed-recorder.ts";
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
