import type { SideName } from "../../src/book/book.ts";
import { GroupVerifier } from "../../src/book/group-verifier.ts";
import type { JudgedGroup } from "../../src/book/judged-group.ts";
import type { Level } from "../../src/format/level.ts";
import { type Random, seededRandom } from "../../src/ports/random.ts";
import { PlainBook } from "./plain-hash.ts";

/**
 * One entry of a random stream is lost, altered or swapped with the next. A plain book on either
 * side of the fault says which hashes are of a book that the receiver does not have.
 */

const ENTRIES = 40;
const MARKET = "0xm";
const TOKEN = "1001";
const VALUES = { minOrderSize: "5", tickSize: "0.01", negRisk: false, lastTradePrice: "0.500" };
const FAULTS = ["lost", "altered", "swapped"] as const;
const START_MS = 1_700_000_000_000;

interface Entry {
  readonly side: SideName;
  readonly price: string;
  readonly size: string;
  readonly timestamp: string;
  hash: string;
  /** The venue's book after the entry's group. */
  truth: string;
}

function randomEntries(random: Random, plain: PlainBook): Entry[] {
  const integer = (below: number) => Math.floor(random() * below);
  const entries: Entry[] = [];
  let ms = START_MS;
  while (entries.length < ENTRIES) {
    ms += 1 + integer(50);
    const timestamp = String(ms);
    const group = Array.from({ length: 1 + integer(3) }, (): Entry => {
      const isBid = integer(2) === 0;
      const price = ((isBid ? 30 : 51) + integer(20)) / 100;
      const size = integer(4) === 0 ? 0 : (1 + integer(9_999)) / 100;
      const texts = { price: String(price), size: String(size) };
      return { side: isBid ? "bids" : "asks", ...texts, timestamp, hash: "", truth: "" };
    });
    for (const { side, price, size } of group) plain.set(side, price, size);
    const hash = hashOf(plain, timestamp);
    const truth = JSON.stringify(plain.levels());
    entries.push(...group.map((entry) => ({ ...entry, hash, truth })));
  }
  return entries;
}

function hashOf(plain: PlainBook, timestamp: string): string {
  return plain.hash({ market: MARKET, tokenId: TOKEN, timestamp, recipe: "10", values: VALUES });
}

function faulty(entries: readonly Entry[], fault: (typeof FAULTS)[number], at: number): Entry[] {
  const list = [...entries];
  const entry = list[at]!;
  if (fault === "lost") list.splice(at, 1);
  else if (fault === "altered") list[at] = { ...entry, size: entry.size === "0" ? "7" : "0" };
  else list.splice(at, 2, list[at + 1]!, entry);
  return list;
}

/** Whether each group that arrives has the book that its hash is of; by its last row. */
function expectedGroups(plain: PlainBook, received: readonly Entry[]): Map<number, boolean> {
  const expected = new Map<number, boolean>();
  received.forEach(({ side, price, size, hash, truth }, row) => {
    plain.set(side, price, size);
    if (received[row + 1]?.hash === hash) return;
    expected.set(row, JSON.stringify(plain.levels()) === truth);
  });
  return expected;
}

function judge(received: readonly Entry[], opening: PlainBook): JudgedGroup[] {
  const judged: JudgedGroup[] = [];
  const verifier = new GroupVerifier({
    market: MARKET,
    tokenId: TOKEN,
    judged: (group) => void judged.push(group),
    maySearch: () => false,
  });
  verifier.takeBook({
    row: -1,
    takenUs: 0,
    levels: opening.levels(),
    timestamp: String(START_MS),
    hash: hashOf(opening, String(START_MS)),
    tickSize: VALUES.tickSize,
    lastTradePrice: VALUES.lastTradePrice,
  });
  received.forEach((entry, row) => {
    verifier.takeEntry({ ...entry, row, takenUs: row });
  });
  verifier.end();
  return judged.filter(({ isBook }) => !isBook);
}

/** Streams of so many seeds; the number of faults that were overwritten before a hash could tell. */
export function checkFaultyStreams(firstSeed: number, streams: number): number {
  let overwritten = 0;
  for (let seed = firstSeed; seed < firstSeed + streams; seed++) {
    const random = seededRandom(seed);
    const opening = new PlainBook();
    const level = (cents: number): Level => [String(cents / 100), "100"];
    opening.replace({ bids: [30, 35, 40].map(level), asks: [70, 65, 60].map(level) });
    const entries = randomEntries(random, opening.copy());
    const fault = FAULTS[seed % FAULTS.length]!;
    const received = faulty(entries, fault, Math.floor(random() * (ENTRIES - 10)));
    const expected = expectedGroups(opening.copy(), received);
    const found = new Map(
      judge(received, opening).map(({ rows, verdict }) => [rows.at(-1)!, verdict === "matched"]),
    );
    if (!Bun.deepEquals(found, expected)) {
      throw new Error(`seed ${seed}: the hashes of an entry ${fault} were judged wrong`);
    }
    if ([...expected.values()].every((isRight) => isRight)) overwritten++;
  }
  return overwritten;
}
