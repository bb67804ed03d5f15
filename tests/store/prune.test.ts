import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { systemFs } from "../../src/ports/fs.ts";
import { SessionReader } from "../../src/read/session-reader.ts";
import { Store } from "../../src/read/store.ts";
import { verify } from "../../src/read/verify.ts";
import { prune } from "../../src/store/prune.ts";
import { takePruneLock } from "../../src/store/prune-lock.ts";
import { RecorderLock } from "../../src/store/recorder-lock.ts";
import { StorageWriter } from "../../src/store/storage-writer.ts";
import { surveyStore } from "../../src/store/store-survey.ts";
import { flipBit } from "../hostile-bytes.ts";
import { temporaryFolder } from "../polybot-process.ts";
import { PrunedStore, recordSession } from "./pruned-store.ts";

let store: PrunedStore;

beforeAll(async () => {
  store = await PrunedStore.recorded();
});

afterAll(() => store[Symbol.dispose]());

describe("a budget", () => {
  test("takes the sessions that ended first, whole, and no more than it must", async () => {
    using copy = store.copy();
    const { bytes, sealed } = await surveyStore(systemFs, copy.path);
    expect(sealed.map(({ path }) => copy.name(path))).toEqual(store.oldestFirst);
    const most = bytes - sealed[0]!.bytes - 1;
    const done = await prune(copy.path, { maxBytes: most });
    expect(done.pruned.map(({ session }) => copy.name(session))).toEqual(
      store.oldestFirst.slice(0, 2),
    );
    expect(done).toMatchObject({ skipped: [], left: [], bytes_before: bytes });
    expect(done.bytes).toBeLessThanOrEqual(most);
    expect(done.bytes).toBe((await surveyStore(systemFs, copy.path)).bytes);
    expect(await copy.sessions()).toEqual(store.names.filter((name) => !isAmong(name, 2)));
  });

  test("that is kept takes nothing, and pruning again neither", async () => {
    using copy = store.copy();
    const { bytes } = await surveyStore(systemFs, copy.path);
    expect((await prune(copy.path, { maxBytes: bytes })).pruned).toEqual([]);
    await prune(copy.path, { maxBytes: bytes - 1 });
    const files = copy.files();
    expect(files).not.toEqual(store.files());
    expect((await prune(copy.path, { maxBytes: bytes - 1 })).pruned).toEqual([]);
    expect(copy.files()).toEqual(files);
  });

  test("of nothing takes all that is sealed", async () => {
    using copy = store.copy();
    const done = await prune(copy.path, { maxBytes: 0 });
    expect(done.pruned).toHaveLength(store.names.length);
    expect(await copy.sessions()).toEqual([]);
  });
});

test("an age takes what ended before, to the millisecond", async () => {
  using copy = store.copy();
  const { sealed } = await surveyStore(systemFs, copy.path);
  const endedBeforeMs = sealed[2]!.endMs;
  const done = await prune(copy.path, { endedBeforeMs });
  expect(done.pruned.map(({ session }) => copy.name(session))).toEqual(
    store.oldestFirst.slice(0, 2),
  );
});

test("a dry run tells what would go, and changes nothing", async () => {
  using copy = store.copy();
  const before = copy.files();
  const { bytes } = await surveyStore(systemFs, copy.path);
  const plan = await prune(copy.path, { maxBytes: bytes - 1, dryRun: true });
  expect(copy.files()).toEqual(before);
  const done = await prune(copy.path, { maxBytes: bytes - 1 });
  expect(plan.pruned).toEqual(done.pruned);
  expect(plan.pruned).not.toEqual([]);
});

describe("tombstones", () => {
  test("tell what the metadata told, and `verify` counts them", async () => {
    using copy = store.copy();
    const told = new Map<string, unknown>();
    for (const session of await new Store(copy.path).folders()) {
      const { session_id, recorder_id, first_sequence, start_timestamp, ...more } =
        (await session.metadata())!;
      const { end_timestamp, end_reason, update_count, bytes, predecessor } = more;
      let last_sequence = 0;
      for await (const update of new SessionReader(session)) {
        last_sequence = update.sequence_number;
      }
      const sequences = { first_sequence, last_sequence };
      const ends = { start_timestamp, end_timestamp, end_reason };
      told.set(copy.name(session.path), {
        ...{ session_id, recorder_id, ...sequences, ...ends },
        ...{ update_count, bytes, predecessor },
      });
    }
    const { pruned } = await prune(copy.path, { maxBytes: 0 });
    expect(pruned).toHaveLength(told.size);
    const found = new Map<string, unknown>();
    const files = await new Store(copy.path).tombstones();
    for (const file of files) {
      for (const tombstone of await file.sessions()) {
        found.set(copy.name(join(dirname(file.path), tombstone.session_id)), tombstone);
      }
    }
    expect(Object.fromEntries(found)).toEqual(Object.fromEntries(told));
    const checked = await verify([], { tombstones: files });
    expect(checked).toMatchObject({ pruned: told.size, problems: [] });
  });

  test("of more than one prune are kept together, in time", async () => {
    using copy = store.copy();
    const { sealed } = await surveyStore(systemFs, copy.path);
    for (const { endMs } of sealed) await prune(copy.path, { endedBeforeMs: endMs + 1 });
    for (const file of await new Store(copy.path).tombstones()) {
      const starts = (await file.sessions()).map((session) => session.start_timestamp);
      expect(starts).toEqual(starts.toSorted((a, b) => a - b));
    }
    const { pruned } = await verify([], { tombstones: await new Store(copy.path).tombstones() });
    expect(pruned).toBe(store.names.length);
  });

  test("of a session that is there tell of nothing", async () => {
    using copy = store.copy();
    using other = store.copy();
    await prune(other.path, { maxBytes: 0 });
    for (const file of await new Store(other.path).tombstones()) {
      const [path, bytes] = [copy.path + file.path.slice(other.path.length), file.path];
      writeFileSync(path, readFileSync(bytes));
    }
    const files = await new Store(copy.path).tombstones();
    const sums = { pruned: 0, problems: [] };
    expect(await verify([], { tombstones: files })).toMatchObject(sums);
    // Nor does it if the id has come again.
    const [file] = files;
    const [first] = (await new Store(dirname(file!.path)).folders()).map(({ path }) => path);
    const metadata = (await new Store(first!).folders())[0]!;
    expect(await metadata.metadata()).toBeDefined();
    writeFileSync(join(first!, "metadata.bin"), await strangersMetadata());
    expect((await file!.sessions()).map((one) => one.session_id)).toEqual([basename(first!)]);
  });

  test("with any bit flipped are told by `verify`, and kept beside new ones", async () => {
    using copy = store.copy();
    const { sealed } = await surveyStore(systemFs, copy.path);
    await prune(copy.path, { endedBeforeMs: sealed[0]!.endMs + 1 });
    const [file] = await new Store(copy.path).tombstones();
    const sound = Uint8Array.from(readFileSync(file!.path));
    for (let bit = 0; bit < sound.length * 8; bit += 7) {
      writeFileSync(file!.path, flipBit(sound, bit));
      const { damaged } = await verify([], { tombstones: [file!] });
      expect([bit, damaged > 0]).toEqual([bit, true]);
    }
    const broken = flipBit(sound, 200 * 8);
    writeFileSync(file!.path, broken);
    const done = await prune(copy.path, { maxBytes: 0 });
    expect(done.left).toMatchObject([
      { file: `${file!.path}.broken`, reason: expect.stringContaining("tombstones") },
    ]);
    expect(readFileSync(`${file!.path}.broken`)).toEqual(Buffer.from(broken));
    expect(await file!.sessions()).toHaveLength(2);
  });

  test("of another token are told by `verify`", async () => {
    using copy = store.copy();
    await prune(copy.path, { maxBytes: 0 });
    const [first, second] = await new Store(copy.path).tombstones();
    writeFileSync(first!.path, readFileSync(second!.path));
    const { problems } = await verify([], { tombstones: [first!] });
    expect(problems).toMatchObject([{ reason: "it is a file of another token" }]);
  });
});

describe("what is not ours stays:", () => {
  test("open sessions, however old", async () => {
    using copy = store.copy();
    const writer = await recordSession(copy.path, "45", 0, { seal: false });
    const open = (await new Store(copy.path).folders()).length - store.names.length;
    expect(open).toBe(1);
    await prune(copy.path, { maxBytes: 0, own: writer });
    expect(await copy.sessions()).toHaveLength(1);
    await writer.shutdown();
  });

  test("sessions of a living recorder, which is named, until it has ended", async () => {
    using copy = store.copy();
    const { sealed } = await surveyStore(systemFs, copy.path);
    const { recorderId } = sealed[0]!;
    const lock = RecorderLock.takeOver(copy.path, recorderId)!;
    await lock.sayOwner(systemFs);
    const done = await prune(copy.path, { maxBytes: 0 });
    const own = sealed.filter((session) => session.recorderId === recorderId);
    expect(own.length).toBeGreaterThan(1);
    expect(done.skipped).toEqual([
      {
        recorder_id: recorderId,
        pid: process.pid,
        host: expect.any(String),
        sessions: own.map(({ path }) => path),
        bytes: own.reduce((sum, { bytes }) => sum + bytes, 0),
      },
    ]);
    expect(await copy.sessions()).toHaveLength(own.length);
    await lock.release();
    expect((await prune(copy.path, { maxBytes: 0 })).skipped).toEqual([]);
    expect(await copy.sessions()).toEqual([]);
  });

  test("the next in age go in place of those of a living recorder", async () => {
    using copy = store.copy();
    const { sealed, bytes } = await surveyStore(systemFs, copy.path);
    const lock = RecorderLock.takeOver(copy.path, sealed[0]!.recorderId)!;
    const others = sealed.filter(({ recorderId }) => recorderId !== lock.recorderId);
    const maxBytes = bytes - others[0]!.bytes - 1;
    const { pruned, skipped } = await prune(copy.path, { maxBytes });
    expect(pruned.map(({ session }) => session)).toEqual(others.map(({ path }) => path));
    // Asked for once.
    expect(skipped.map(({ recorder_id }) => recorder_id)).toEqual([lock.recorderId]);
    await lock.release();
  });

  test("sealed sessions of this very process go, once their seal is done", async () => {
    using copy = store.copy();
    const writer = await recordSession(copy.path, "45", 0, { seal: false });
    const sealing = writer.endSession("45");
    let isSealed = false;
    const own = {
      recorderId: writer.recorderId,
      async sealed() {
        await writer.sealed();
        isSealed = true;
      },
    };
    await sealing;
    const { pruned, skipped } = await prune(copy.path, { maxBytes: 0, own });
    expect([pruned.length, skipped, isSealed]).toEqual([store.names.length + 1, [], true]);
    await writer.shutdown();
    const { recorderId } = writer;
    expect(readdirSync(join(copy.path, "stream/journal"))).not.toContain(recorderId);
  });

  test("sessions whose metadata is damaged, which are named", async () => {
    using copy = store.copy();
    const [first] = (await surveyStore(systemFs, copy.path)).sealed;
    writeFileSync(join(first!.path, "metadata.bin"), "x");
    const done = await prune(copy.path, { maxBytes: 0 });
    expect(done.left).toMatchObject([{ file: first!.path }]);
    expect(await copy.sessions()).toEqual([copy.name(first!.path)]);
  });

  test("nobody prunes while another does", async () => {
    using copy = store.copy();
    const lock = takePruneLock(copy.path);
    const pruning = prune(copy.path, { maxBytes: 0 });
    await expect(pruning).rejects.toMatchObject({ code: "PRUNE_RUNNING" });
    lock.release();
    expect((await prune(copy.path, { maxBytes: 0 })).pruned).not.toEqual([]);
  });
});

test("what a prune that died has put aside goes with the next, whatever its aim", async () => {
  using copy = store.copy();
  const before = await surveyStore(systemFs, copy.path);
  const aside = join(copy.path, "stream/market/42/20300101-00-00-00.pruned");
  mkdirSync(join(aside, "updates"), { recursive: true });
  writeFileSync(join(aside, "updates/000000001.bin"), new Uint8Array(5000));
  const { bytes } = await surveyStore(systemFs, copy.path);
  expect(bytes).toBeGreaterThan(before.bytes);
  expect(await copy.sessions()).toEqual(store.names);
  const done = await prune(copy.path, { maxBytes: Number.MAX_SAFE_INTEGER });
  expect(done).toMatchObject({ pruned: [], bytes_before: bytes, bytes: before.bytes });
  expect(readdirSync(dirname(aside))).not.toContain(basename(aside));
});

test("what is pruned is not made anew from a journal that does not know of its end", async () => {
  using folder = temporaryFolder("memory");
  const writer = await recordSession(folder.path, "42", 0, { seal: false });
  const journal = join(folder.path, "stream/journal", writer.recorderId);
  const [name] = readdirSync(journal).filter((file) => file.endsWith(".wal"));
  const bytes = readFileSync(join(journal, name!));
  await writer.shutdown();
  expect((await prune(folder.path, { maxBytes: 0 })).pruned).toHaveLength(1);
  mkdirSync(journal);
  writeFileSync(join(journal, name!), bytes);
  const next = await recordSession(folder.path, "43", 60_000, { seal: false });
  await next.recovered();
  await next.shutdown();
  expect(readdirSync(join(folder.path, "stream/journal"))).not.toContain(writer.recorderId);
  const sessions = await new Store(folder.path).folders();
  expect(sessions.map(({ path }) => basename(dirname(path)))).toEqual(["43"]);
});

test("a link to a folder is removed, not what it leads to", async () => {
  using copy = store.copy();
  using elsewhere = temporaryFolder("memory");
  writeFileSync(join(elsewhere.path, "mine"), "mine");
  const [first] = (await surveyStore(systemFs, copy.path)).sealed;
  symlinkSync(elsewhere.path, join(first!.path, "updates/link"));
  await prune(copy.path, { maxBytes: 0 });
  expect(await copy.sessions()).toEqual([]);
  expect(readFileSync(join(elsewhere.path, "mine"), "utf8")).toBe("mine");
});

test("what continues a pruned session is read and verified as before", async () => {
  using copy = store.copy();
  const { sealed } = await surveyStore(systemFs, copy.path);
  const [predecessor] = sealed;
  const ofToken = sealed.filter(({ path }) => dirname(path) === dirname(predecessor!.path));
  await copy.continueWith(predecessor!.path, ofToken[1]!.path);
  const session = (await new Store(ofToken[1]!.path).folders())[0]!;
  const before = await verify([session]);
  expect(before).toMatchObject({ sessions: 1, problems: [] });
  const { pruned } = await prune(copy.path, { endedBeforeMs: predecessor!.endMs + 1 });
  expect(pruned.map(({ session: path }) => path)).toEqual([predecessor!.path]);
  expect(await verify([session])).toEqual(before);
  const [file] = await new Store(dirname(session.path)).tombstones();
  const gone = (await file!.sessions()).map(({ session_id }) => session_id);
  expect(gone).toEqual([(await session.metadata())!.predecessor!]);
});

function isAmong(name: string, oldest: number): boolean {
  return store.oldestFirst.slice(0, oldest).includes(name);
}

/** Sound metadata of another session. */
async function strangersMetadata(): Promise<Uint8Array> {
  using folder = temporaryFolder("memory");
  const writer = await recordSession(folder.path, "42", 77_000);
  expect(writer).toBeInstanceOf(StorageWriter);
  const [session] = await new Store(folder.path).folders();
  return readFileSync(join(session!.path, "metadata.bin"));
}
