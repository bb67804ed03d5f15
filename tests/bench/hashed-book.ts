import { RecentEntries } from "../../src/book/duplicates.ts";
import { GroupVerifier } from "../../src/book/group-verifier.ts";
import { HashedBook } from "../../src/book/hashed-book.ts";
import { RECIPES } from "../../src/book/recipes.ts";
import { millionthsOf } from "../../src/format/decimal.ts";
import { HASH_BYTES } from "../../src/format/hash-text.ts";
import type { Level, Levels } from "../../src/format/level.ts";
import { marketEvent } from "../../src/format/market-event.ts";
import { plainChangeOf } from "../../src/format/plain-change.ts";
import { type Random, seededRandom } from "../../src/ports/random.ts";

/**
 * What a change and a hash of a book cost, and what a book takes, beside `JSON.parse` of messages
 * that are all distinct: one message repeated would be three times as fast.
 */

const LEVELS = [30, 100, 400];
const ROUNDS = 7;
const MESSAGES = 5_000;
const CHANGES = 100_000;
const HASHES = 5_000;
const ENTRIES = 30_000;
const TOKENS = 10_000;
const MARKET = `0x${"5f".repeat(32)}`;
const TOKEN = "9926700527496901553070449945987976545577".padEnd(77, "9");
const START_MS = 1_700_000_000_000;
const VALUES = { minOrderSize: "5", tickSize: "0.001", negRisk: false, lastTradePrice: "0.500" };

interface Change {
  readonly side: "bids" | "asks";
  readonly price: string;
  readonly size: string;
}

export async function run(): Promise<string[]> {
  const random = seededRandom(1);
  const books = LEVELS.map((count) => filledBook(count, random));
  const names = LEVELS.flatMap((count) => [`change ${count}`, `hash ${count}`, `verify ${count}`]);
  const times = new Map<string, number[]>(["parse", ...names].map((name) => [name, []]));
  for (let round = 0; round < ROUNDS; round++) {
    times.get("parse")!.push(parseTime(seededRandom(100 + round)));
    LEVELS.forEach((count, i) => {
      const changes = changesOf(count, CHANGES, random);
      times.get(`change ${count}`)!.push(changeTime(books[i]!, changes));
      times.get(`hash ${count}`)!.push(hashTime(books[i]!));
      times.get(`verify ${count}`)!.push(verifyTime(count, changes));
    });
  }
  const us = (name: string) => median(times.get(name)!).toFixed(2);
  return [
    `JSON.parse of a distinct message of two entries: ${us("parse")} us`,
    ...LEVELS.map(
      (count) =>
        `${count} levels: a change ${us(`change ${count}`)} us, a hash ${us(`hash ${count}`)} us; ` +
        `a verified entry (duplicate, change, hash, best prices, verdict) ` +
        `${us(`verify ${count}`)} us; ${filledBook(count, random).byteSize} bytes`,
    ),
    memoryOfTokens(),
  ];
}

function levelsOf(count: number, random: Random): Levels {
  const side = (sign: number): Level[] =>
    Array.from({ length: count / 2 }, (_, i): Level => {
      const price = (500 + sign * (count / 2 - i)) / 1_000;
      return [String(price), sizeText(random)];
    });
  return { bids: side(-1), asks: side(1) };
}

function sizeText(random: Random): string {
  return String(Math.ceil(random() ** 3 * 3_000_000) / 100);
}

function filledBook(count: number, random: Random): HashedBook {
  const book = new HashedBook(MARKET, TOKEN);
  book.replace(levelsOf(count, random));
  return book;
}

/** Nearly all near the touch, a fifth of them taking a level out or putting it back. */
function changesOf(count: number, amount: number, random: Random): Change[] {
  return Array.from({ length: amount }, () => {
    const isBid = random() < 0.5;
    const depth = 1 + Math.floor(random() ** 4 * (count / 2));
    const price = String((isBid ? 500 - depth : 500 + depth) / 1_000);
    const size = random() < 0.1 ? "0" : sizeText(random);
    return { side: isBid ? ("bids" as const) : ("asks" as const), price, size };
  });
}

function parseTime(random: Random): number {
  const hex = () =>
    Array.from({ length: 40 }, () => Math.floor(random() * 16).toString(16)).join("");
  const texts = Array.from({ length: MESSAGES }, (_, i) => {
    const entry = (asset_id: string) => ({
      asset_id,
      price: String(Math.ceil(random() * 999) / 1_000),
      size: sizeText(random),
      side: random() < 0.5 ? "BUY" : "SELL",
      hash: hex(),
      best_bid: "0.499",
      best_ask: "0.501",
    });
    return JSON.stringify({
      market: MARKET,
      price_changes: [entry(TOKEN), entry(`1${TOKEN.slice(1)}`)],
      timestamp: String(START_MS + i),
      event_type: "price_change",
    });
  });
  return perCall(texts.length, (i) => JSON.parse(texts[i]!));
}

function changeTime(book: HashedBook, changes: readonly Change[]): number {
  const numbers = changes.map(({ side, price, size }) => {
    return { side, price: millionthsOf(price), size: millionthsOf(size) };
  });
  return perCall(numbers.length, (i) => {
    const { side, price, size } = numbers[i]!;
    book.setPlain(side, price, size);
  });
}

function hashTime(book: HashedBook): number {
  const out = new Uint8Array(HASH_BYTES);
  return perCall(HASHES, (i) => book.hash(START_MS + i, RECIPES["10"], VALUES, out));
}

/** The hashes are made before; every entry is its own group. */
function verifyTime(count: number, changes: readonly Change[]): number {
  const levels = levelsOf(count, seededRandom(2));
  const out = new Uint8Array(HASH_BYTES);
  const truth = new HashedBook(MARKET, TOKEN);
  truth.replace(levels);
  const hashAt = (timestamp: string) => {
    truth.hash(timestamp, RECIPES["10"], VALUES, out);
    return out.toHex();
  };
  let matched = 0;
  const verifier = new GroupVerifier({
    market: MARKET,
    tokenId: TOKEN,
    known: VALUES,
    judged: ({ verdict, proof }) => {
      if (verdict === "matched" && proof?.isBestRight !== false) matched++;
    },
    maySearch: () => false,
  });
  const opening = { row: 0, takenUs: 0, timestamp: String(START_MS), levels };
  verifier.takeBook({ ...opening, hash: hashAt(opening.timestamp), ...VALUES });
  const entries = changes.slice(0, ENTRIES).map(({ side, price, size }, i) => {
    truth.set(side, price, size);
    const timestamp = String(START_MS + 1 + i);
    const event = marketEvent("price_change", {
      market: MARKET,
      asset_id: TOKEN,
      price,
      size,
      side: side === "bids" ? "BUY" : "SELL",
      hash: hashAt(timestamp),
      best_bid: truth.bestBid,
      best_ask: truth.bestAsk,
      timestamp,
    });
    return plainChangeOf(event)!;
  });
  const recent = new RecentEntries();
  const us = perCall(entries.length, (i) => {
    const change = entries[i]!;
    const isOpen = verifier.isPlainOfOpenGroup(change);
    if (!recent.takePlain(change, isOpen)) verifier.takeChange(change, { row: i + 1, takenUs: i });
  });
  verifier.end();
  if (matched !== entries.length + 1) throw new Error(`${matched} of ${entries.length} matched`);
  return us;
}

function memoryOfTokens(): string {
  const random = seededRandom(3);
  const filled: { readonly verifier: GroupVerifier; readonly recent: RecentEntries }[] = [];
  const levels = levelsOf(100, random);
  const out = new Uint8Array(HASH_BYTES);
  Bun.gc(true);
  const before = process.memoryUsage().rss;
  let bytes = 0;
  for (let i = 0; i < TOKENS; i++) {
    const verifier = new GroupVerifier({
      market: MARKET,
      tokenId: TOKEN,
      judged: () => {},
      maySearch: () => false,
    });
    verifier.resume(levels, { recipe: RECIPES["10"], values: VALUES });
    verifier.book.hash(String(START_MS), RECIPES["10"], VALUES, out);
    bytes += verifier.book.byteSize;
    filled.push({ verifier, recent: new RecentEntries() });
  }
  Bun.gc(true);
  const perToken = (process.memoryUsage().rss - before) / filled.length;
  return (
    `${TOKENS} tokens of 100 levels, each with its verifier: ${Math.round(perToken)} bytes of ` +
    `resident memory a token, ${Math.round(bytes / TOKENS)} of them the book's buffers`
  );
}

/** Microseconds of one call. */
function perCall(calls: number, call: (i: number) => void): number {
  const start = Bun.nanoseconds();
  for (let i = 0; i < calls; i++) call(i);
  return (Bun.nanoseconds() - start) / calls / 1_000;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}
