import { describe, expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import type { RecipeName } from "../../src/book/recipes.ts";
import type { BlockRow } from "../../src/format/block.ts";
import { type Random, seededRandom } from "../../src/ports/random.ts";
import { Store } from "../../src/read/store.ts";
import type { Verification } from "../../src/read/verification.ts";
import { verify } from "../../src/read/verify.ts";
import { TOY_IMPLIED, type ToyChange, ToyVenue } from "../book/toy-venue.ts";
import { HeardSimulation } from "../exchange/heard-simulation.ts";
import { temporaryFolder } from "../polybot-process.ts";
import { AlteredSegment, hasDerivedHash, type StoredBlock } from "./altered-segment.ts";
import { recordedStore } from "./recorded-store.ts";

/** Only a hang is meant to fail. */
const SLOW_CORE_MS = 60_000;

const CHANGES = 1000;
/** So small that a segment has three blocks or four, of some eighty updates. */
const SEGMENT_MB = 0.008;
const SIMULATED_MS = 120_000;

const check = async (path: string): Promise<Verification> =>
  verify(await new Store(path).folders());

/** A simulated token in a store. */
async function simulatedStore(basePath: string) {
  const simulation = new HeardSimulation({ markets: 1, rate: 12, seed: 3 });
  const { market, tokens } = simulation.simulation.markets[0]!.identity;
  const implied = { market, tokenId: tokens[0].tokenId };
  const receivedUs = simulation.clock.nowUs();
  const texts = simulation.openingTexts().map((text) => ({ text, receivedUs }));
  simulation.run(SIMULATED_MS);
  for (const { announcement, nowMs } of simulation.said) {
    for (const element of announcement.elements) {
      texts.push({ text: JSON.stringify(element), receivedUs: Math.round(nowMs * 1000) });
    }
  }
  const files = await recordedStore(basePath, texts, implied, SEGMENT_MB);
  return files.map(({ path }) => ({
    path,
    segment: new AlteredSegment(readFileSync(path), implied),
  }));
}

function withValue(row: BlockRow, slot: number, edit: (text: string) => string): BlockRow {
  const text = row.values[slot] as string;
  return { ...row, values: row.values.with(slot, edit(text)) };
}

/** What one who tampers may make of a change of a level: always another value. */
const ALTER = {
  price: (row, random) =>
    withValue(row, row.shape.changeSlots![0], (price) => {
      const other = `0.${1 + Math.floor(random() * 9)}${1 + Math.floor(random() * 9)}`;
      return other === price ? `${other}5` : other;
    }),
  size: (row, random) =>
    withValue(row, row.shape.changeSlots![1], (size) =>
      String(Number(size) + (1 + Math.floor(random() * 1000)) / 4),
    ),
  side: (row) =>
    withValue(row, row.shape.changeSlots![2], (side) => (side === "BUY" ? "SELL" : "BUY")),
  time: (row, random) =>
    withValue(row, row.shape.timeSlot, (time) =>
      String(Number(time) - 500 + Math.floor(random() * 500)),
    ),
} as const satisfies Record<string, (row: BlockRow, random: Random) => BlockRow>;

type Kind = keyof typeof ALTER;
const KINDS = Object.keys(ALTER) as Kind[];

/** Rows whose hash is not stored: all of a group have its time, and its levels are those of the end. */
function provenIn({ block }: StoredBlock, kind: Kind): number[] {
  return [...block.rows.keys()].filter((at) => {
    const row = block.rows[at]!;
    if (row.type !== "price_change" || !hasDerivedHash(row)) return false;
    return kind === "time" || block.groupEnds[at] === at;
  });
}

describe("one value of a stored update changed, and all checksums mended:", () => {
  test(
    `of ${CHANGES} whose hash is not stored, each is told by its block`,
    async () => {
      using folder = temporaryFolder("memory");
      const random = seededRandom(17);
      const files = await simulatedStore(folder.path);
      expect(await check(folder.path)).toMatchObject({ problems: [], hashes: { failed: 0 } });
      const counts = new Map<Kind, number>();
      for (let done = 0; done < CHANGES; ) {
        const expected: object[] = [];
        for (const { path, segment } of files) {
          // One change for each block, as blocks are proven one by one.
          const { bytes, altered } = segment.with((stored) => {
            const kind = KINDS[done % KINDS.length]!;
            const proven = provenIn(stored, kind);
            if (proven.length === 0) return undefined;
            done++;
            const at = proven[Math.floor(random() * proven.length)]!;
            counts.set(kind, (counts.get(kind) ?? 0) + 1);
            return stored.rows.with(at, ALTER[kind](stored.rows[at]!, random));
          });
          writeFileSync(path, bytes);
          for (const { offset, number, firstSequence, records } of altered) {
            const last_sequence = firstSequence + records - 1;
            expected.push({
              file: path,
              offset,
              block: number,
              first_sequence: firstSequence,
              last_sequence,
              flipped_bit: null,
            });
          }
        }
        const { problems } = await check(folder.path);
        expect(problems.map(({ reason: _, ...place }) => place)).toEqual(expected as never);
        expect(problems.every(({ reason }) => reason.startsWith("its hashes are not those"))).toBe(
          true,
        );
      }
      console.log(
        `changed and told: ${[...counts].map((count) => count.reverse().join(" ")).join(", ")}`,
      );
    },
    SLOW_CORE_MS,
  );

  test("written anew without any change, all is as it was", async () => {
    using folder = temporaryFolder("memory");
    const files = await simulatedStore(folder.path);
    const before = await check(folder.path);
    for (const { path, segment } of files)
      writeFileSync(path, segment.with(({ rows }) => rows).bytes);
    const { bytes: _, ...after } = await check(folder.path);
    expect(after).toEqual({ ...after, ...before, bytes: undefined } as never);
  });
});

interface Case {
  readonly recipe?: RecipeName;
  /** What the venue says after its opening book. */
  readonly texts: (venue: ToyVenue) => readonly string[];
  /** Which of the updates is changed, and how. */
  readonly at: number;
  readonly alter: (row: BlockRow) => BlockRow;
}

const size = (row: BlockRow) => withValue(row, row.shape.changeSlots![1], () => "77");
const price = (row: BlockRow) => withValue(row, row.shape.changeSlots![0], () => "0.07");
const time = (row: BlockRow) => withValue(row, row.shape.timeSlot, (text) => `${text}0`);

/** Two changes under one hash. */
function group(venue: ToyVenue, ...changes: readonly ToyChange[]): string[] {
  for (const change of changes) venue.apply(change);
  return changes.map((change) => venue.text([venue.entry(change, "1001")], "1001"));
}

/** With a hash that no book has. */
const unproven = (text: string) => text.replace(/"hash":"[^"]*/, `"hash":"${"0".repeat(40)}`);
const trade = JSON.stringify({
  ...{ market: "0xm", asset_id: "1001", price: "0.5" },
  size: "3",
  event_type: "last_trade_price",
});
const bid = (level: string, amount: string) => ({ price: level, size: amount, side: "BUY" });

async function problemsOf({ recipe, texts, at, alter }: Case): Promise<number> {
  using folder = temporaryFolder("memory");
  const venue = new ToyVenue(recipe);
  const told = [venue.bookText("1000", true), ...texts(venue)];
  const received = told.map((text, i) => ({ text, receivedUs: 1_000_000 + i }));
  const [file] = await recordedStore(folder.path, received, TOY_IMPLIED, 1);
  const segment = new AlteredSegment(readFileSync(file!.path), TOY_IMPLIED);
  const { bytes } = segment.with(({ rows }) => rows.with(at, alter(rows[at]!)));
  expect(bytes).not.toEqual(readFileSync(file!.path));
  writeFileSync(file!.path, bytes);
  return (await check(folder.path)).problems.length;
}

/** A hash proves the book at a group's end, and nothing else. */
describe("a changed value is not told, as no hash covers it:", () => {
  test.each<[string, Case]>([
    [
      "the venue's time under the recipe of five fields",
      { recipe: "5", texts: (venue) => [venue.bid("1001", "0.41", "5")], at: 1, alter: time },
    ],
    [
      "a size that is overwritten before its group ends",
      { texts: (venue) => group(venue, bid("0.41", "5"), bid("0.41", "6")), at: 1, alter: size },
    ],
    [
      "the price of a level that is taken away and is not there",
      { texts: (venue) => [venue.bid("1001", "0.41", "0")], at: 1, alter: price },
    ],
    [
      "a trade",
      {
        texts: (venue) => [trade, venue.bid("1001", "0.41", "5")],
        at: 1,
        alter: (row) => withValue(row, 3, () => "4"),
      },
    ],
    [
      "the receive time",
      {
        texts: (venue) => [venue.bid("1001", "0.41", "5")],
        at: 1,
        alter: (row) => ({ ...row, receivedUs: row.receivedUs - 1 }),
      },
    ],
    [
      "a size whose hash is of no book, overwritten before the next one",
      {
        texts: (venue) => [
          unproven(venue.bid("1001", "0.41", "5")),
          venue.bid("1002", "0.41", "6"),
        ],
        at: 1,
        alter: size,
      },
    ],
    [
      "a size behind the last hash that is made from the book",
      {
        texts: (venue) => [
          venue.bid("1001", "0.41", "6"),
          unproven(venue.bid("1002", "0.42", "5")),
        ],
        at: 2,
        alter: size,
      },
    ],
  ])("%s", async (_, given) => {
    expect(await problemsOf(given)).toBe(0);
  });
});

describe("a changed value is told, though", () => {
  test.each<[string, Case]>([
    [
      "its group ends later",
      { texts: (venue) => group(venue, bid("0.41", "5"), bid("0.42", "6")), at: 1, alter: size },
    ],
    [
      "only the time of a group's first is another",
      { texts: (venue) => group(venue, bid("0.41", "5"), bid("0.42", "6")), at: 1, alter: time },
    ],
    [
      "only the time of a group's last is another",
      { texts: (venue) => group(venue, bid("0.41", "5"), bid("0.42", "6")), at: 2, alter: time },
    ],
    [
      "its own hash is of no book, where a later one has its level",
      {
        texts: (venue) => [
          unproven(venue.bid("1001", "0.41", "5")),
          venue.bid("1002", "0.42", "6"),
        ],
        at: 1,
        alter: size,
      },
    ],
    [
      "it is a hash that is stored",
      {
        texts: (venue) => [unproven(venue.bid("1001", "0.41", "5"))],
        at: 1,
        alter: (row) => withValue(row, row.shape.hashSlot, (hash) => `1${hash.slice(1)}`),
      },
    ],
    [
      "the recipe has five fields, if it is a size",
      { recipe: "5", texts: (venue) => [venue.bid("1001", "0.41", "5")], at: 1, alter: size },
    ],
    [
      "the recipe has nine fields, if it is the time",
      { recipe: "9", texts: (venue) => [venue.bid("1001", "0.41", "5")], at: 1, alter: time },
    ],
  ])("%s", async (_, given) => {
    expect(await problemsOf(given)).toBe(1);
  });
});
