import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import {
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { CHUNK_KIND, decodeHeader } from "../../src/format/chunk.ts";
import { decodeFileHead } from "../../src/format/file-head.ts";
import { scanBytes } from "../../src/format/scan-bytes.ts";
import { systemFs } from "../../src/ports/fs.ts";
import { seededRandom } from "../../src/ports/random.ts";
import { BinaryStorage } from "../../src/store/binary-storage.ts";
import { rebuiltSegment } from "../../src/store/rebuilt-segment.ts";
import { repair } from "../../src/store/repair.ts";
import type { Repairs } from "../../src/store/repairs.ts";
import { Choice } from "../fuzz/choice.ts";
import { temporaryFolder } from "../polybot-process.ts";
import { chunkRanges } from "../sample-segment.ts";
import { expectFaultsHarmless, expectKept, expectSameFiles } from "./faulty-repairs.ts";
import { HARMS, type Harm } from "./harms.ts";
import { expectPowerCutsHarmless } from "./power-cut-repairs.ts";
import { expectRepaired } from "./random-harm.ts";
import { SmallStore } from "./small-store.ts";
import { SteppedFs } from "./stepped-fs.ts";

const RANDOM_HARMS = 100;
/** Images of the disk after each operation. */
const POWER_CUTS = 3;

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

test("a session whose recorder died over its first file is cleared of it", async () => {
  using store = sound.copy();
  const begun = join(dirname(store.session), "20260101-00-00-00");
  mkdirSync(begun);
  const file = join(begun, "metadata.bin.0f0e.tmp");
  writeFileSync(file, "half of it");
  const { files, left } = await repair([begun]);
  expect(files).toMatchObject([{ file, kept_as: null }]);
  expect(left).toEqual([]);
  expect(readdirSync(begun)).toEqual([]);
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

/** As after a disk that failed segment 3: it keeps some of its blocks, and segment 4 has some again. */
async function writtenAgain(
  store: SmallStore,
  { kept, again }: { readonly kept: readonly number[]; readonly again: readonly number[] },
): Promise<void> {
  const bytes = Uint8Array.from(readFileSync(store.segment(3)));
  const ranges = chunkRanges(bytes);
  const [head, ...blocks] = [...scanBytes(bytes)].flatMap((part) =>
    part.kind === "chunk" && part.header.kind < CHUNK_KIND.index ? [part] : [],
  );
  const pieces = again.map((block) => blocks[block]!);
  const { firstSequence, salt } = pieces[0]!.header;
  const numbers = { segment: 4, firstSequence, resumes: true };
  const source = {
    size: async () => bytes.length,
    read: async (at: number, length: number) => bytes.slice(at, at + length),
  };
  const resumed = { ...decodeFileHead(head!.header, head!.stored), ...numbers };
  const parts: Uint8Array[] = [];
  for await (const part of rebuiltSegment(source, resumed, salt, pieces)) parts.push(part);
  writeFileSync(store.segment(4), Buffer.concat(parts));
  const left = [0, ...kept.map((block) => block + 1)].map((chunk) => ranges[chunk]!);
  writeFileSync(
    store.segment(3),
    Buffer.concat(left.map(({ start, end }) => bytes.slice(start, end))),
  );
  const storage = new BinaryStorage(systemFs);
  const path = join(store.session, "metadata.bin");
  const total = [1, 2, 3, 4].reduce((sum, number) => sum + statSync(store.segment(number)).size, 0);
  const metadata = { ...(await storage.readMetadata(path)), segments: 4, bytes: total };
  await storage.writeMetadata(path, metadata, false);
}

test("blocks that the disk made the recorder write again are no damage", async () => {
  using store = sound.copy();
  await writtenAgain(store, { kept: [0, 1], again: [1] });
  expect(await store.verify()).toMatchObject({ problems: [] });
  expect(await repair([store.session])).toMatchObject({ files: [], left: [] });
});

test("a disk that kept later blocks without earlier ones costs nothing that was written again", async () => {
  using store = sound.copy();
  const all = await sound.updates();
  await writtenAgain(store, { kept: [1], again: [0, 1] });
  expect([...(await store.updates())]).toEqual([...all]);
  const { problems, updates, lost } = await store.verify();
  expect({ updates, lost }).toEqual({ updates: all.size, lost: 0 });
  // What is missing there is told, and that it costs nothing.
  expect(problems).toMatchObject([{ first_sequence: null, last_sequence: null }]);
  expect(await repair([store.session])).toMatchObject({ lost: [], left: [] });
  expect([...(await store.updates())]).toEqual([...all]);
  expect(await store.verify()).toMatchObject({ problems: [], lost: 0, updates: all.size });
});

test("what is kept is durable before it is replaced, and what replaces it before that", async () => {
  using store = sound.copy();
  HARMS[0]!.harm(store);
  const fs = new SteppedFs();
  await repair([store.session], { fs });
  const updates = dirname(store.segment(2));
  const calls = fs.calls
    .filter((call) => call.includes(updates))
    .map((call) => call.replace(updates, "").replace(/\.[0-9a-f-]{36}\.tmp/, ".tmp"));
  const name = "/000000002.bin";
  // However many writes there are.
  expect(calls.filter((call, i) => call !== calls[i - 1])).toEqual([
    `create ${name}.broken.tmp`,
    `write ${name}.broken.tmp`,
    `datasync ${name}.broken.tmp`,
    `rename ${name}.broken`,
    "syncFolder ",
    `create ${name}.tmp`,
    `write ${name}.tmp`,
    `datasync ${name}.tmp`,
    `rename ${name}`,
    "syncFolder ",
  ]);
  // The metadata counts what is there, so it comes last.
  expect(fs.calls.at(-1)).toBe(`syncFolder ${store.session}`);
  expect(fs.calls.at(-2)).toBe(`rename ${join(store.session, "metadata.bin")}`);
});

test("a copy that an earlier repair left is made durable before it is relied on", async () => {
  using store = sound.copy();
  HARMS[0]!.harm(store);
  copyFileSync(store.segment(2), `${store.segment(2)}.broken`);
  const fs = new SteppedFs();
  await repair([store.session], { fs });
  const broken = fs.calls.indexOf(`syncFile ${store.segment(2)}.broken`);
  expect(broken).toBeGreaterThan(0);
  expect(fs.calls[broken + 1]).toBe(`syncFolder ${dirname(store.segment(2))}`);
  expect(fs.calls.indexOf(`rename ${store.segment(2)}`)).toBeGreaterThan(broken);
});

describe("a repair that fails or is stopped at any call", () => {
  const cases = ["two neighbours in two segments", "metadata, a head and a block"];
  test.each(cases)("loses nothing more, and is ended by the next: %s", async (name) => {
    const harm = HARMS.find((candidate) => candidate.name === name)!;
    const done = await expectFaultsHarmless(sound, harm, ["EIO", "stop"]);
    expect(done).toBeGreaterThan(30);
  });
});

test("a power cut during a repair loses nothing more, and the next one ends it", async () => {
  const seed = Math.floor(Math.random() * 2 ** 31);
  console.log(`seed ${seed}`);
  const harm = HARMS.find(({ name }) => name === "metadata, a head and a block")!;
  const images = await expectPowerCutsHarmless(sound, harm, seededRandom(seed), POWER_CUTS);
  expect(images).toBeGreaterThan(50);
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
