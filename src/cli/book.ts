import type { Level } from "../format/level.ts";
import { type Quote, quoteOf, sumOfBestAsks } from "../read/quote.ts";
import type { RecordedBook } from "../read/recorded-book.ts";
import type { SessionSelection } from "../read/session-selection.ts";
import { Store } from "../read/store.ts";
import { command, EXIT, numberFlag } from "./command.ts";
import { table, timeText, tokenText } from "./format.ts";
import { Output, say } from "./output.ts";
import { momentFlag, named, startUs } from "./read-flags.ts";
import { storeArgument } from "./store-argument.ts";

const NAME = "book";
const DEFAULT_DEPTH = "10";
/** The outcome that all markets of an event have, of which one comes true. */
const YES = "Yes";

export const bookCommand = command({
  summary: "Show the book of a token, or of all outcomes of a market or event, at a moment",
  details: `The name is a token id, a market's slug or condition id, or an event's slug. --at is ISO 8601
(2026-11-22T13:00:00Z), milliseconds or microseconds since the epoch, or +5m, from the start of what
is named; all books are of that very moment of the recorder's clock. The best level comes first.
ASKS is what one share of each outcome of a market costs at best; of an event with several markets
also what Yes costs in each. A token that was not recorded at the moment has no book; the exit code
is 1 if none has. The hash is the venue's own of that very book, with what came of it (see verify);
within a group of changes it sent none. A book whose token was interrupted then may be an old one:
coverage tells what was found out of it later.`,
  examples: [
    "polybot book ./data btc-updown-5m-1790000100 --at +2m",
    "polybot book ./data 1234 --at 2026-11-22T13:00:00Z --depth 5",
    "polybot book ./data 1234 --json",
  ],
  args: {
    store: storeArgument,
    name: { type: "positional", required: true, description: "a token, a market or an event" },
    at: { type: "string", valueHint: "time", description: "the moment; now unless told" },
    depth: {
      type: "string",
      valueHint: "levels",
      default: DEFAULT_DEPTH,
      description: "levels of each side",
    },
    json: { type: "boolean", default: false, description: "one JSON object" },
  },
  async run({ store: path, name, at, depth, json }) {
    const levels = numberFlag(NAME, "depth", depth, { min: 1 });
    const store = new Store(path);
    const selection = await named(store, name);
    const start = () => startUs(store, selection);
    const time = at === undefined ? undefined : await momentFlag(NAME, "at", at, start);
    const { tokens, atUs } = await momentOf(store, selection, time);
    const found = tokens.map((token) => store.bookAt({ token, time: atUs }));
    const books = (await Promise.all(found)).filter((book) => book !== undefined);
    const missing = tokens.filter((token) => books.every(({ token_id }) => token_id !== token));
    const output = new Output();
    if (json) {
      await output.line(JSON.stringify({ ...jsonOf(atUs, books, levels), missing }));
    } else {
      for (const book of books) await output.line(`${bookText(book, levels)}\n`);
      for (const line of sumLines(books)) await output.line(line);
    }
    await output.flush();
    if (!json) for (const token of missing) say(`${token} was not recorded at ${utc(atUs)}`);
    return books.length === 0 ? EXIT.failed : EXIT.ok;
  },
});

/** The tokens that are meant, and when: at the end of what is recorded, unless told. */
async function momentOf(
  store: Store,
  selection: SessionSelection,
  time: number | undefined,
): Promise<{ readonly tokens: readonly string[]; readonly atUs: number }> {
  const tokens = new Set<string>();
  let endMs = 0;
  for (const session of await store.sessions(selection)) {
    const { token_id, end_timestamp, state } = await session.describe();
    tokens.add(token_id);
    endMs = Math.max(endMs, state === "open" ? Date.now() : (end_timestamp ?? 0));
  }
  return { tokens: [...tokens], atUs: time ?? endMs * 1000 };
}

interface Sums {
  readonly markets: readonly {
    readonly market: string;
    readonly slug: string;
    readonly sum_of_best_asks: string | null;
  }[];
  /** Of an event with several markets, of the outcome Yes of each. */
  readonly sum_of_yes_asks: string | null;
}

function sumsOf(books: readonly RecordedBook[]): Sums {
  const byMarket = Map.groupBy(books, ({ market }) => market);
  const markets = [...byMarket].map(([market, ofMarket]) => {
    return { market, slug: ofMarket[0]!.slug, sum_of_best_asks: sumOfBestAsks(ofMarket) };
  });
  const yes = books.filter(({ outcome }) => outcome === YES);
  const isWhole = markets.length > 1 && yes.length === markets.length;
  return { markets, sum_of_yes_asks: isWhole ? sumOfBestAsks(yes) : null };
}

function jsonOf(atUs: number, books: readonly RecordedBook[], depth: number) {
  const shown = books.map((book) => {
    const { token_id, market, slug, outcome, session_id, sequence_number, received_us } = book;
    const { tick_size, last_trade_price, hash, verdict, venue_ms, interrupted } = book;
    return {
      ...{ token_id, market, slug, outcome, session_id, sequence_number, received_us },
      ...quoteOf(book),
      ...{ tick_size, last_trade_price, hash, verdict, venue_ms, interrupted },
      bids: book.bids.slice(0, depth),
      asks: book.asks.slice(0, depth),
    };
  });
  return { at_us: atUs, books: shown, ...sumsOf(books) };
}

function bookText(book: RecordedBook, depth: number): string {
  const { token_id, at_us, received_us, hash, verdict, interrupted } = book;
  const age = ((at_us - received_us) / 1e6).toFixed(3);
  const lines = [
    `${tokenText(token_id, book)}  ${utc(at_us)}`,
    `  last update ${age} s before; ${hash === null ? "no hash of this very book" : `hash ${hash}, ${verdict}`}`,
    ...(interrupted === null ? [] : [`  interrupted: ${interrupted}`]),
    `  ${quoteText(quoteOf(book))}`,
  ];
  const rows = Array.from(
    { length: Math.min(depth, Math.max(book.bids.length, book.asks.length)) },
    (_, i) => [...cells(book.bids[i]).toReversed(), ...cells(book.asks[i])],
  );
  const header = ["SIZE", "BID", "ASK", "SIZE"];
  const levels = rows.length === 0 ? "  no levels" : table(header, rows, new Set([0, 1]));
  return [...lines, levels].join("\n");
}

function cells(level: Level | undefined): string[] {
  return level === undefined ? ["", ""] : [...level];
}

function quoteText({ best_bid, best_ask, mid, spread }: Quote): string {
  const text = (value: string | null) => value ?? "-";
  return `best ${text(best_bid)}/${text(best_ask)}, mid ${text(mid)}, spread ${text(spread)}`;
}

/** For a market or event as a whole; a single token has no sums. */
function sumLines(books: readonly RecordedBook[]): string[] {
  if (books.length < 2) return [];
  const { markets, sum_of_yes_asks } = sumsOf(books);
  const rows = markets.map(({ market, slug, sum_of_best_asks }) => [
    slug || market,
    sum_of_best_asks ?? "-",
  ]);
  if (sum_of_yes_asks !== null) rows.push([`${YES} of each`, sum_of_yes_asks]);
  return [table(["MARKET", "ASKS"], rows, new Set([1]))];
}

function utc(us: number): string {
  return `${timeText(Math.floor(us / 1000))} UTC`;
}
