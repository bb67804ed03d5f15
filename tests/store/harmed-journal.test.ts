import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { JournalRecords } from "../../src/format/journal-record.ts";
import { marketEvent } from "../../src/format/market-event.ts";
import { NO_NAMES } from "../../src/format/metadata.ts";
import { Store } from "../../src/read/store.ts";
import { verify } from "../../src/read/verify.ts";
import { ownArrival } from "../../src/store/arrival.ts";
import { sessionIdAt } from "../../src/store/paths.ts";
import { repair } from "../../src/store/repair.ts";
import { Choice } from "../fuzz/choice.ts";
import { JOURNAL_RECORDER, journalOf } from "../journal-bytes.ts";
import { temporaryFolder } from "../polybot-process.ts";
import { chunkRanges, SAMPLE_HEAD, sampleSegment } from "../sample-segment.ts";
import { expectRecovered, recover } from "./harmed-journal.ts";
import { recordKilled } from "./killed-recorder.ts";
import { SmallStore } from "./small-store.ts";

const UPDATES = 100;
const HARMS = 100;
const START_US = 1_893_553_445_000_000;
const SESSION_ID = sessionIdAt(START_US / 1000);

let dead: SmallStore;
let updates: Map<number, string>;

beforeAll(async () => {
  dead = new SmallStore();
  recordKilled(dead.path, UPDATES);
  using sealed = new SmallStore();
  await sealed.record({ updates: UPDATES });
  updates = await sealed.updates();
});

afterAll(() => dead[Symbol.dispose]());

test("a journal that was harmed anyhow gives no wrong update, and no strange error", async () => {
  const seed = Math.floor(Math.random() * 2 ** 31);
  console.log(`seed ${seed}`);
  let recovered = 0;
  for (let i = 0; i < HARMS; i++) {
    if (await expectRecovered(dead, updates, new Choice(seed + i))) recovered++;
  }
  expect(recovered).toBeGreaterThan(HARMS / 2);
});

describe("a journal whose sessions have names that lead elsewhere", () => {
  const cases: [string, string][] = [
    ["../../../../elsewhere", "20300102-03-04-05"],
    ["42", "../../../elsewhere"],
    ["42/..", ""],
  ];

  test.each(cases)("writes nothing there: token %s, session %s", async (tokenId, sessionId) => {
    using folder = temporaryFolder();
    const basePath = join(folder.path, "a", "b");
    const journal = writeJournal(basePath, tokenId, sessionId);
    expect(await recover(basePath)).toEqual([]);
    const made = readdirSync(folder.path, { recursive: true }) as string[];
    expect(made.filter((name) => name.includes("elsewhere") || name.endsWith(".bin"))).toEqual([]);
    // What nobody could read stays.
    expect(existsSync(`${journal}.broken`)).toBe(true);
  });
});

describe("a session whose folder its journal does not name", () => {
  const torn: [string, Record<string, Uint8Array>][] = [
    ["an empty segment", { "updates/000000001.bin": new Uint8Array() }],
    ["a segment of zeros", { "updates/000000001.bin": new Uint8Array(500) }],
    ["metadata of zeros", { "metadata.bin": new Uint8Array(300) }],
  ];

  test.each(torn)("goes on in it though a power cut left but %s", async (_, files) => {
    using folder = temporaryFolder();
    writeJournal(folder.path, "42", "");
    const sessions = join(folder.path, "stream/market/42");
    for (const [name, bytes] of Object.entries(files)) {
      mkdirSync(dirname(join(sessions, SESSION_ID, name)), { recursive: true });
      writeFileSync(join(sessions, SESSION_ID, name), bytes);
    }
    expect(await recover(folder.path)).toEqual([]);
    expect(readdirSync(sessions)).toEqual([SESSION_ID]);
    const found = await new Store(folder.path).folders();
    expect(await verify(found)).toMatchObject({ damaged: 0, open: 0, updates: 2 });
    expect(await repair(found.map(({ path }) => path))).toMatchObject({ files: [], left: [] });
  });

  test("is nothing if its journal does not know of it, and nothing was written", async () => {
    using folder = temporaryFolder();
    const session = join(folder.path, "stream/channel", JOURNAL_RECORDER, SESSION_ID);
    mkdirSync(join(session, "updates"), { recursive: true });
    writeFileSync(join(session, "metadata.bin"), "");
    writeFileSync(join(session, "updates/000000001.bin"), new Uint8Array(500));
    expect(await repair([session], { dryRun: true })).toMatchObject({ repaired: 1 });
    expect(await repair([session])).toMatchObject({ repaired: 1, left: [], lost: [] });
    expect(await repair([session])).toMatchObject({ repaired: 0, files: [] });
    const found = await new Store(folder.path).folders();
    expect(await verify(found)).toMatchObject({ damaged: 0, open: 0, updates: 0 });
    writeFileSync(join(session, "metadata.bin"), "x");
    expect(await repair([session])).toMatchObject({ repaired: 0, left: [{ file: session }] });
  });

  test("leaves one alone that another recorder has begun", async () => {
    using folder = temporaryFolder();
    writeJournal(folder.path, SAMPLE_HEAD.tokenId, "");
    const sessions = join(folder.path, "stream/market", SAMPLE_HEAD.tokenId);
    const segment = join(sessions, SESSION_ID, "updates/000000001.bin");
    mkdirSync(dirname(segment), { recursive: true });
    const bytes = sampleSegment(5);
    const { end } = chunkRanges(bytes)[0]!;
    writeFileSync(segment, bytes.subarray(0, end));
    expect(await recover(folder.path)).toEqual([]);
    expect(readdirSync(sessions)).toHaveLength(2);
    expect(readFileSync(segment)).toHaveLength(end);
  });
});

/** The journal of a session with one update; gives its path. */
function writeJournal(basePath: string, tokenId: string, sessionId: string): string {
  const own = join(basePath, "stream/journal", JOURNAL_RECORDER);
  mkdirSync(own, { recursive: true });
  const implied = { tokenId, market: "0xm" };
  const records = new JournalRecords();
  const numbers = { startUs: START_US, firstSequence: 1, predecessor: null };
  records.session(1, { ...implied, ...numbers, sessionId, names: NO_NAMES });
  const event = marketEvent("note", { kind: "gap" });
  records.update(1, 1, event, ownArrival(START_US), implied);
  const path = join(own, "000000001.wal");
  writeFileSync(path, journalOf(5, records));
  return path;
}
