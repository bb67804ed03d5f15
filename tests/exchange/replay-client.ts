import type {
  WireBook,
  WireElement,
  WirePriceChange,
  WirePriceChangeEntry,
} from "../../src/polymarket/messages.ts";
import { type Recipe, ReplayedBook } from "./replayed-book.ts";

export interface StaticValues {
  readonly minOrderSize: string;
  readonly negRisk: boolean;
}

/** Updates of one token that share a hash, to be judged after the last. */
interface Group {
  readonly timestamp: string;
  readonly hash: string;
  /** What the last entry says about the best prices; absent for a book. */
  best: { readonly bid: string; readonly ask: string } | undefined;
}

/** A group that did not match when it ended. */
interface Pending extends Group {
  /** The book as it was then, and after each of the next changes. */
  readonly books: ReplayedBook[];
  announcementsSince: number;
}

interface Token {
  readonly tokenId: string;
  readonly market: string;
  book: ReplayedBook;
  openedAt: number;
  open: Group | undefined;
  pending: Pending[];
  /** The last entries, to know duplicates by. */
  recent: string[];
}

interface Market {
  readonly values: StaticValues;
  readonly ticks: string[];
  readonly prices: string[];
}

const RECENT = 32;
/** So many later changes a hash may know: one in truth, some more when a group follows. */
const LATE_CHANGES_MAX = 4;
/** Announcements that may be under way at once; a trade through many levels has one for each. */
const ANNOUNCED_MAX = 60;

/** Three decimals, as a book's `last_trade_price` has them. */
function padded(price: string): string {
  const [whole = "0", fraction = ""] = price.split(".");
  return `${whole}.${fraction.padEnd(3, "0")}`;
}

/**
 * Follows messages as a careful client with a plain book per token, recomputes every hash, and
 * notes everything that is off. It knows what the venue may do (docs/PROTOCOL.md, "Rules for a
 * verifier") and nothing of how the exchange does it.
 */
export class ReplayClient {
  readonly problems: string[] = [];
  readonly counts: Record<string, number> = {};
  /** How groups were found to match. */
  readonly outcomes = { atOnce: 0, announced: 0, late: 0 };
  readonly ignored = { duplicates: 0, stale: 0 };
  readonly #tokens = new Map<string, Token>();
  readonly #markets = new Map<string, Market>();
  readonly #values: (market: string) => StaticValues;

  constructor(values: (market: string) => StaticValues) {
    this.#values = values;
  }

  /** Takes one WebSocket text. */
  receive(text: string): void {
    const parsed = JSON.parse(text) as WireElement | WireElement[];
    for (const element of Array.isArray(parsed) ? parsed : [parsed]) {
      this.counts[element.event_type] = (this.counts[element.event_type] ?? 0) + 1;
      this.#take(element);
    }
  }

  /** Judges what is open. Hashes that may wait for an announcement are left out. */
  finish(): void {
    for (const token of this.#tokens.values()) this.#endGroup(token);
  }

  book(tokenId: string): ReplayedBook {
    return this.#tokens.get(tokenId)?.book ?? new ReplayedBook();
  }

  /** Groups that no announcement and no change has explained yet. */
  get unexplained(): number {
    return [...this.#tokens.values()].reduce((sum, { pending }) => sum + pending.length, 0);
  }

  #take(element: WireElement): void {
    switch (element.event_type) {
      case "book":
        this.#takeBook(element);
        break;
      case "price_change":
        for (const entry of element.price_changes) this.#takeEntry(element, entry);
        break;
      case "last_trade_price":
        this.#announced(element.market, "prices", padded(element.price));
        break;
      case "tick_size_change":
        this.#announced(element.market, "ticks", element.new_tick_size);
        break;
      default:
    }
  }

  #takeBook(element: WireBook): void {
    const market = this.#market(element.market);
    if (element.tick_size !== undefined) market.ticks.push(element.tick_size);
    if (element.last_trade_price !== undefined) market.prices.push(element.last_trade_price);
    const token = this.#token(element.market, element.asset_id);
    this.#endGroup(token);
    const book = new ReplayedBook();
    book.load(element);
    this.#same("bids in order", JSON.stringify(book.bidLevels), JSON.stringify(element.bids));
    this.#same("asks in order", JSON.stringify(book.askLevels), JSON.stringify(element.asks));
    token.book = book;
    token.openedAt = Number(element.timestamp);
    token.open = { timestamp: element.timestamp, hash: element.hash, best: undefined };
    this.#endGroup(token);
  }

  #takeEntry(change: WirePriceChange, entry: WirePriceChangeEntry): void {
    const token = this.#token(change.market, entry.asset_id);
    const { timestamp } = change;
    if (Number(timestamp) < token.openedAt) {
      this.ignored.stale += 1;
      return;
    }
    const isSame = token.open?.hash === entry.hash && token.open.timestamp === timestamp;
    const name = [timestamp, entry.price, entry.size, entry.side, entry.hash].join(" ");
    if (!isSame && token.recent.includes(name)) {
      this.ignored.duplicates += 1;
      return;
    }
    token.recent = [...token.recent.slice(1 - RECENT), name];
    if (!isSame) {
      this.#endGroup(token);
      token.open = { timestamp, hash: entry.hash, best: undefined };
    }
    token.book.apply(entry);
    if (token.open !== undefined) token.open.best = { bid: entry.best_bid, ask: entry.best_ask };
    this.#changed(token);
  }

  #endGroup(token: Token): void {
    const { open } = token;
    token.open = undefined;
    if (open === undefined) return;
    const { bestBid, bestAsk } = token.book;
    if (bestBid !== "0" && bestAsk !== "1" && Number(bestBid) >= Number(bestAsk)) {
      this.problems.push(`crossed at ${bestBid}`);
    }
    if (this.#matches(token, open, token.book)) {
      this.outcomes.atOnce += 1;
      this.#judgeBest(open, token.book);
      return;
    }
    token.pending.push({ ...open, books: [token.book.copy()], announcementsSince: 0 });
  }

  #announced(market: string, what: "ticks" | "prices", value: string): void {
    this.#market(market)[what].push(value);
    for (const token of this.#tokens.values()) {
      if (token.market !== market) continue;
      for (const pending of token.pending) pending.announcementsSince += 1;
      this.#retry(token, ({ books }) => books);
    }
  }

  #changed(token: Token): void {
    for (const { books } of token.pending) {
      if (books.length <= LATE_CHANGES_MAX) books.push(token.book.copy());
    }
    this.#retry(token, ({ books }) => books.slice(-1));
  }

  /** Tries what is pending again, with some of its books. */
  #retry(token: Token, booksOf: (pending: Pending) => readonly ReplayedBook[]): void {
    token.pending = token.pending.filter((pending) => {
      const matching = booksOf(pending).find((book) => this.#matches(token, pending, book));
      if (matching !== undefined) {
        this.outcomes[matching === pending.books[0] ? "announced" : "late"] += 1;
        this.#judgeBest(pending, matching);
        return false;
      }
      if (pending.announcementsSince <= ANNOUNCED_MAX) return true;
      this.problems.push(`no book has the hash ${pending.hash} of ${pending.timestamp}`);
      return false;
    });
  }

  #matches(token: Token, { timestamp, hash }: Group, book: ReplayedBook): boolean {
    const { values, ticks, prices } = this.#market(token.market);
    const tried = new Set<string>();
    for (const tickSize of ticks.slice(-3).toReversed()) {
      for (const lastTradePrice of prices.slice(-ANNOUNCED_MAX).toReversed()) {
        const name = `${tickSize} ${lastTradePrice}`;
        if (tried.has(name)) continue;
        tried.add(name);
        const recipe: Recipe = { ...values, tickSize, lastTradePrice };
        if (book.hash(token.market, token.tokenId, timestamp, recipe) === hash) return true;
      }
    }
    return false;
  }

  #judgeBest({ best }: Group, book: ReplayedBook): void {
    if (best === undefined) return;
    this.#same("best bid", book.bestBid, best.bid);
    this.#same("best ask", book.bestAsk, best.ask);
  }

  #token(market: string, tokenId: string): Token {
    const known = this.#tokens.get(tokenId);
    if (known !== undefined) return known;
    const token: Token = {
      tokenId,
      market,
      book: new ReplayedBook(),
      openedAt: 0,
      open: undefined,
      pending: [],
      recent: [],
    };
    this.#tokens.set(tokenId, token);
    return token;
  }

  #market(market: string): Market {
    const known = this.#markets.get(market);
    if (known !== undefined) return known;
    const added = { values: this.#values(market), ticks: [], prices: [] };
    this.#markets.set(market, added);
    return added;
  }

  #same(what: string, ours: string, theirs: string): void {
    if (ours !== theirs) this.problems.push(`${what}: ${ours} is not ${theirs}`);
  }
}
