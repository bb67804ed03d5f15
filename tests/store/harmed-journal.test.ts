import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { JournalRecords } from "../../src/format/journal-record.ts";
import { marketEvent } from "../../src/format/market-event.ts";
import { NO_NAMES } from "../../src/format/metadata.ts";
import { ownArrival } from "../../src/store/arrival.ts";
import { Choice } from "../fuzz/choice.ts";
import { JOURNAL_RECORDER, journalOf } from "../journal-bytes.ts";
import { ROOT, temporaryFolder } from "../polybot-process.ts";
import { expectRecovered, recover } from "./harmed-journal.ts";
import { SmallStore } from "./small-store.ts";

const UPDATES = 100;
const HARMS = 100;
const START_US = 1_893_553_445_000_000;

let dead: SmallStore;
let updates: Map<number, string>;

beforeAll(async () => {
  dead = new SmallStore();
  const source = `
    import { SmallStore } from ${JSON.stringify(join(ROOT, "tests/store/small-store.ts"))};
    await new SmallStore(${JSON.stringify(dead.path)}).record({ seal: false, updates: ${UPDATES} });
    process.kill(process.pid, "SIGKILL");`;
  Bun.spawnSync([process.execPath, "-e", source]);
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
    const own = join(basePath, "stream/journal", JOURNAL_RECORDER);
    mkdirSync(own, { recursive: true });
    const implied = { tokenId, market: "0xm" };
    const records = new JournalRecords();
    const numbers = { startUs: START_US, firstSequence: 1, predecessor: null };
    records.session(1, { ...implied, ...numbers, sessionId, names: NO_NAMES });
    const event = marketEvent("note", { kind: "gap" });
    records.update(1, 1, { event, ...ownArrival(START_US) }, implied);
    writeFileSync(join(own, "000000001.wal"), journalOf(5, records));
    expect(await recover(basePath)).toEqual([]);
    const made = readdirSync(folder.path, { recursive: true }) as string[];
    expect(made.filter((name) => name.includes("elsewhere") || name.endsWith(".bin"))).toEqual([]);
    // What nobody could read stays.
    expect(existsSync(join(own, "000000001.wal.broken"))).toBe(true);
  });
});
