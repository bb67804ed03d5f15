import { bookLevels } from "../../src/book/event-levels.ts";
import { TokenBook } from "../../src/book/token-book.ts";
import { decode } from "../../src/polymarket/decode.ts";
import { seededRandom } from "../../src/ports/random.ts";
import { table } from "./report/table.ts";
import { BenchSessions } from "./streams/bench-sessions.ts";
import { MarketMessages, receivedUsOf } from "./streams/market-messages.ts";

/**
 * What a message of two entries costs on its way from text to block, both hashes checked, beside
 * `JSON.parse`. Every message is distinct and parsed once by each way.
 */

interface Scenario {
  readonly title: string;
  readonly markets: number;
  readonly levels: number;
  readonly messages: number;
  /** Times `JSON.parse` that all of it may take. */
  readonly limit: number;
}

const SCENARIOS: readonly Scenario[] = [
  { title: "20 tokens, 100 levels", markets: 10, levels: 100, messages: 6000, limit: 4 },
  { title: "10,000 tokens, 100 levels", markets: 5000, levels: 100, messages: 6000, limit: 5 },
  { title: "20 tokens, 400 levels", markets: 10, levels: 400, messages: 3000, limit: 10 },
];
const ROUNDS = 30;
/** Rounds in which the code is compiled: blocks are packed seldom, and that takes the longest. */
const WARM_UP = 18;
const WAYS = ["JSON.parse", "decode", "and judge", "and stage", "and write blocks"] as const;

type Way = (texts: readonly string[], receivedUs: readonly number[]) => void;

export async function run(): Promise<string[]> {
  const rows = SCENARIOS.map((scenario) => {
    const us = measure(scenario);
    const [parse = 1] = us;
    const all = us.at(-1)! / parse;
    const verdict = all <= scenario.limit ? "yes" : "no";
    return [
      scenario.title,
      ...us.map((time) => `${time.toFixed(2)} (${(time / parse).toFixed(1)}x)`),
      `${verdict}: <= ${scenario.limit}x`,
    ];
  });
  return [
    `microseconds of processor a message (x JSON.parse), means of ${ROUNDS - WARM_UP} interleaved rounds;`,
    "each column has the work of those before it:",
    ...table([["", ...WAYS, ""], ...rows]),
  ];
}

/** Means for each of the ways: blocks fill in some rounds only. */
function measure({ markets, levels, messages }: Scenario): number[] {
  const source = new MarketMessages(markets, levels, seededRandom(1));
  const books = source.books();
  const ways = [parseAll, decodeAll, judging(source), staging(source), writing(source)];
  for (const way of ways) way(copied(books), books.map(receivedUsOf));
  const times = ways.map(() => 0);
  for (let round = 0; round < ROUNDS; round++) {
    const texts = source.next(messages);
    const receivedUs = texts.map(receivedUsOf);
    ways.forEach((way, i) => {
      const own = copied(texts);
      const before = process.cpuUsage();
      way(own, receivedUs);
      const { user, system } = process.cpuUsage(before);
      if (round >= WARM_UP) times[i]! += (user + system) / messages / (ROUNDS - WARM_UP);
    });
  }
  return times;
}

/** Strings of their own: what one way has touched is not warm for the next. */
function copied(texts: readonly string[]): string[] {
  return texts.map((text) => Buffer.from(text).toString("latin1"));
}

function parseAll(texts: readonly string[]): void {
  for (const text of texts) JSON.parse(text);
}

function decodeAll(texts: readonly string[]): void {
  for (const text of texts) decode(text);
}

function judging(source: MarketMessages): Way {
  const books = new Map(
    source.tokenIds.map(({ tokenId, market }) => [tokenId, newBook(tokenId, market)]),
  );
  return (texts, receivedUs) => {
    for (let i = 0; i < texts.length; i++) {
      for (const { tokenIds, event } of decode(texts[i]!)) {
        const levels = event.type === "book" ? bookLevels(event) : undefined;
        books.get(tokenIds[0]!)!.take(event, levels, receivedUs[i]!);
      }
    }
  };
}

/** Blocks that never end. */
function staging(source: MarketMessages): Way {
  return recording(source, { rows: 4096, bytes: Number.POSITIVE_INFINITY }, false);
}

function writing(source: MarketMessages): Way {
  return recording(source, { rows: 1000, bytes: Number.POSITIVE_INFINITY }, true);
}

function recording(
  source: MarketMessages,
  limits: { readonly rows: number; readonly bytes: number },
  isWriting: boolean,
): Way {
  const sessions = new BenchSessions(source.tokenIds, { limits, isWriting });
  return (texts, receivedUs) => {
    for (let i = 0; i < texts.length; i++) sessions.take(texts[i]!, receivedUs[i]!);
  };
}

function newBook(tokenId: string, market: string): TokenBook {
  return new TokenBook({ tokenId, market, maySearch: () => false });
}
