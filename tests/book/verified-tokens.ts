import type { SideName } from "../../src/book/book.ts";
import { RecentEntries } from "../../src/book/duplicates.ts";
import { GroupVerifier } from "../../src/book/group-verifier.ts";
import type { JudgedGroup } from "../../src/book/judged-group.ts";
import type { StaticValues } from "../../src/book/recipe-state.ts";
import type { VerifiedEntry } from "../../src/book/verified-update.ts";
import type { Level } from "../../src/format/level.ts";
import type { WireBook, WireLevel } from "../../src/polymarket/messages.ts";
import type { PlainBook } from "./plain-hash.ts";

interface Change {
  readonly price: string;
  readonly side: string;
  readonly size: string;
}

/** An element in the form of any year, as far as a verifier is concerned. */
export interface AnyElement {
  readonly event_type: string;
  readonly market?: string;
  readonly asset_id?: string;
  readonly timestamp?: string | number;
  readonly hash?: string;
  readonly price?: string;
  readonly side?: string;
  readonly size?: string;
  readonly new_tick_size?: string;
  readonly changes?: readonly Change[];
  readonly price_changes?: readonly (Change & {
    readonly asset_id: string;
    readonly hash: string;
    readonly best_bid?: string;
    readonly best_ask?: string;
  })[];
}

const levelOf = ({ price, size }: WireLevel): Level => [price, size];

/** What a row did to its token's book. */
export interface PlainChange {
  readonly market: string;
  readonly tokenId: string;
  apply(book: PlainBook): void;
}

interface Token {
  readonly market: string;
  readonly tokenId: string;
  readonly verifier: GroupVerifier;
  readonly recent: RecentEntries;
  openedMs: number | undefined;
}

/**
 * Verifiers for all tokens of a stream, fed as a recorder feeds them: stale changes and changes
 * before the first book are left out, duplicates withheld, announcements told to both tokens.
 */
export class VerifiedTokens {
  readonly judged: (JudgedGroup & { readonly tokenId: string })[] = [];
  readonly provisional: JudgedGroup[] = [];
  readonly duplicateRows: number[] = [];
  readonly takenRows: number[] = [];
  /** What the wire says of a row. */
  readonly stamps = new Map<number, { readonly hash: string; readonly wireMs: number }>();
  onRow: ((row: number, change: PlainChange) => void) | undefined;
  differingBooks = 0;
  searches = 0;
  row = 0;
  readonly #tokens = new Map<string, Token>();
  readonly #valuesOf: (market: string) => StaticValues;
  readonly #searchesMax: number;
  #isShedding = false;

  constructor(valuesOf: (market: string) => StaticValues = () => ({}), searchesMax = Infinity) {
    this.#valuesOf = valuesOf;
    this.#searchesMax = searchesMax;
  }

  get verdicts(): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const { verdict } of this.judged) counts[verdict] = (counts[verdict] ?? 0) + 1;
    return counts;
  }

  verifier(tokenId: string): GroupVerifier {
    return this.#tokens.get(tokenId)!.verifier;
  }

  take(element: AnyElement, takenUs: number): void {
    const { event_type, market = "", asset_id = "" } = element;
    const timestamp = String(element.timestamp ?? "");
    switch (event_type) {
      case "book":
        this.#takeBook(element as unknown as WireBook, takenUs);
        break;
      case "price_change":
        for (const entry of element.price_changes ?? element.changes ?? [element]) {
          const tokenId = "asset_id" in entry ? (entry.asset_id ?? asset_id) : asset_id;
          const whole = { hash: element.hash, ...entry } as Change & { hash: string };
          this.#takeEntry(this.#token(market, tokenId), whole, timestamp, takenUs);
        }
        break;
      case "last_trade_price":
        for (const { verifier } of this.#of(market)) verifier.announcePrice(element.price ?? "");
        break;
      case "tick_size_change":
        // Once for each token: each hears its own first and the other's again.
        for (const { verifier } of this.#of(market)) {
          verifier.announceTickSize(element.new_tick_size ?? "");
        }
        break;
      default:
    }
  }

  expire(receivedBeforeUs: number): void {
    for (const { verifier } of this.#tokens.values()) verifier.expire(receivedBeforeUs);
  }

  silence(): void {
    for (const { verifier } of this.#tokens.values()) verifier.silence();
  }

  set isShedding(isShedding: boolean) {
    this.#isShedding = isShedding;
    for (const { verifier } of this.#tokens.values()) verifier.isShedding = isShedding;
  }

  end(): void {
    for (const { verifier } of this.#tokens.values()) verifier.end();
  }

  #takeBook(book: WireBook, takenUs: number): void {
    const token = this.#token(book.market, book.asset_id);
    const levels = { bids: book.bids.map(levelOf), asks: book.asks.map(levelOf) };
    const row = this.#nextRow(token, (plain) => plain.replace(levels));
    this.stamps.set(row, { hash: book.hash, wireMs: Number(book.timestamp) });
    const wasSame = token.verifier.takeBook({
      row,
      takenUs,
      levels,
      timestamp: String(book.timestamp),
      hash: book.hash,
      tickSize: book.tick_size,
      lastTradePrice: book.last_trade_price,
    });
    if (!wasSame && token.openedMs !== undefined) this.differingBooks++;
    token.openedMs = Number(book.timestamp);
  }

  #takeEntry(
    token: Token,
    entry: Change & { hash: string; best_bid?: string; best_ask?: string },
    timestamp: string,
    takenUs: number,
  ): void {
    if (token.openedMs === undefined || Number(timestamp) < token.openedMs) return;
    const { price, size, hash } = entry;
    const side: SideName = entry.side === "BUY" ? "bids" : "asks";
    const isOpen = token.verifier.isOfOpenGroup(timestamp, hash);
    if (token.recent.take({ timestamp, price, size, side, hash }, isOpen)) {
      this.row++;
      this.duplicateRows.push(this.row);
      token.verifier.takeDuplicate({ row: this.row, side, price, size });
      return;
    }
    const best = { bestBid: entry.best_bid, bestAsk: entry.best_ask };
    const taken: VerifiedEntry = {
      row: this.#nextRow(token, (plain) => plain.set(side, price, size)),
      takenUs,
      side,
      price,
      size,
      timestamp,
      hash,
      ...best,
    };
    this.stamps.set(taken.row, { hash, wireMs: Number(timestamp) });
    token.verifier.takeEntry(taken);
  }

  #nextRow({ market, tokenId }: Token, apply: PlainChange["apply"]): number {
    this.row++;
    this.onRow?.(this.row, { market, tokenId, apply });
    this.takenRows.push(this.row);
    return this.row;
  }

  #of(market: string): Token[] {
    return [...this.#tokens.values()].filter((token) => token.market === market);
  }

  #token(market: string, tokenId: string): Token {
    const known = this.#tokens.get(tokenId);
    if (known !== undefined) return known;
    const verifier = new GroupVerifier({
      market,
      tokenId,
      known: this.#valuesOf(market),
      judged: (group) => {
        if (group.isProvisional) this.provisional.push(group);
        else this.judged.push({ ...group, tokenId });
      },
      maySearch: () => {
        this.searches++;
        return this.searches <= this.#searchesMax;
      },
    });
    verifier.isShedding = this.#isShedding;
    const token = { market, tokenId, verifier, recent: new RecentEntries(), openedMs: undefined };
    this.#tokens.set(tokenId, token);
    return token;
  }
}
