import { describe, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { HashedBook } from "../../src/book/hashed-book.ts";
import { type DetectedRecipe, detectRecipe } from "../../src/book/recipe-detection.ts";
import type { Level } from "../../src/format/level.ts";
import type { WireLevel } from "../../src/polymarket/messages.ts";
import { CAPTURES_VARIABLE, type CaptureFile, readCaptures } from "../captures.ts";
import { type AnyElement, VerifiedTokens } from "./verified-tokens.ts";

interface CapturedBook {
  readonly market: string;
  readonly asset_id: string;
  readonly timestamp: string | number;
  readonly hash: string;
  readonly bids: readonly WireLevel[];
  readonly asks: readonly WireLevel[];
  readonly tick_size?: string;
  readonly last_trade_price?: string;
}

/** Groups of each stream that are proved, by recipe; the others stand beside them by verdict. */
const STREAMS: Readonly<Record<string, Record<string, number>>> = {
  "ssmd/ws_book_2026-02-12.jsonl": { "10": 10 },
  // The change is stated with its last book: both tokens, one without an opening book.
  "excerpts/btc5m_2026-05-08_book_then_price_change.jsonl": { "10": 2 },
  "polypy/ws_and_rest_2025-10-23.txt": { "9": 3 },
  "polypy/ws_stream_2024-12-05_changes_format.jsonl": { "6": 8 },
  "polypy/ws_stream_2024-12_two_assets_changes_format.jsonl": { "6": 10, missed: 1 },
  "aaimek/book_message_example_2025-01-21.json": { "6": 1 },
  "nautilus/ws_book.json": { "5": 1 },
};

/** Books by REST, and the recipe under which all of a file are proved. */
const REST_BOOKS: Readonly<Record<string, { recipe: string; books: number }>> = {
  "trebuchet/clob-books-2026-05-17.json": { recipe: "10", books: 10 },
  "polypy/rest_book_2024-11-30.json": { recipe: "6", books: 1 },
  "nautilus/rest_book_2024-10-13.json": { recipe: "5", books: 1 },
};

const levelOf = ({ price, size }: WireLevel): Level => [price, size];

/** Only what a socket says is given: order size and negative risk are told by trial. */
function detected(captured: CapturedBook): DetectedRecipe | undefined {
  const { market, asset_id, bids, asks, tick_size, last_trade_price } = captured;
  const book = new HashedBook(market, asset_id);
  book.replace({ bids: bids.map(levelOf), asks: asks.map(levelOf) });
  return detectRecipe(book, {
    hash: captured.hash,
    timestamp: String(captured.timestamp),
    known: {
      ...(tick_size !== undefined && { tickSize: tick_size }),
      ...(last_trade_price !== undefined && { lastTradePrice: last_trade_price }),
    },
    maySearch: () => false,
  });
}

function provedGroups({ messages }: CaptureFile): Record<string, number> {
  const tokens = new VerifiedTokens();
  for (const text of messages) {
    const message = JSON.parse(text) as AnyElement | AnyElement[];
    for (const element of [message].flat()) tokens.take(element, 0);
  }
  tokens.expire(Number.POSITIVE_INFINITY);
  tokens.end();
  const counts: Record<string, number> = {};
  for (const { verdict, proof } of tokens.judged) {
    const name = proof?.recipe.name ?? verdict;
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

function describeCaptures(captures: readonly CaptureFile[], folder: string): void {
  describe("real books", () => {
    test.each(Object.entries(STREAMS))("of the stream %s have their hashes", (name, expected) => {
      const capture = captures.find((candidate) => candidate.name === name);
      expect(provedGroups(capture!)).toEqual(expected);
    });

    test.each(Object.entries(REST_BOOKS))("by REST in %s have their hashes", (name, expected) => {
      const parsed: unknown = JSON.parse(readFileSync(join(folder, name), "utf8"));
      const books = (Array.isArray(parsed) ? parsed : [parsed]) as CapturedBook[];
      const recipes = books.map((book): string => detected(book)?.recipe.name ?? "none");
      expect(recipes).toEqual(Array.from({ length: expected.books }, () => expected.recipe));
    });

    test("by REST beside the stream of October 2025 are the stream's books", () => {
      const [name] = readdirSync(join(folder, "polypy")).filter((file) => file.endsWith(".txt"));
      const lines = readFileSync(join(folder, "polypy", name!), "utf8").split("\n");
      const books = lines.filter((line) => line.startsWith("{") && !line.includes("event_type"));
      const recipes = books.map((line) => detected(JSON.parse(line) as CapturedBook)?.recipe.name);
      expect(recipes).toEqual(["9", "9"]);
    });
  });
}

const captures = readCaptures();
const folder = process.env[CAPTURES_VARIABLE];
if (captures !== undefined && folder !== undefined) describeCaptures(captures, folder);
else console.log(`${CAPTURES_VARIABLE} is not set: real books are not verified`);

test("a book that was changed has no recipe", () => {
  const levels = { bids: [{ price: "0.4", size: "10" }], asks: [{ price: "0.43", size: "7" }] };
  const book = { market: "0xm", asset_id: "1", timestamp: "1700000000000", ...levels };
  expect(detected({ ...book, hash: "0".repeat(40) })).toBeUndefined();
  expect(detected({ ...book, hash: "no hash" })).toBeUndefined();
});
