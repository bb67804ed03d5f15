import type { WireLevel, WireSide } from "../../polymarket/messages.ts";
import type { BookNow } from "../../read/token-now.ts";
import { ONE } from "../market/decimal-text.ts";
import type { TokenIndex } from "../market/mirrored-book.ts";
import type { MarketPhase } from "../market/simulated-market.ts";
import type { EventView, MarketView } from "../rest/listed-venue.ts";
import type { RecordedToken, TokenState } from "./recorded-token.ts";

export interface MarketParts {
  /** In place of Gamma's number. */
  readonly id: string;
  /** YES first, as far as outcomes tell. */
  readonly tokens: readonly RecordedToken[];
  readonly stateOf: (tokenId: string) => TokenState;
  readonly event: () => EventView["identity"];
  /** When the recording ends, epoch milliseconds: where nobody said when the market does. */
  readonly endMs: number;
}

/** As most markets have it. */
const USUAL_TICK = ONE / 100;

/** A market of a recording as it is at the moment of the replay. */
export class RecordedMarket implements MarketView {
  readonly #parts: MarketParts;

  constructor(parts: MarketParts) {
    this.#parts = parts;
  }

  get identity(): MarketView["identity"] {
    const { id, tokens, event, endMs } = this.#parts;
    const [first] = tokens;
    const endsMs = Date.parse(first?.end_date ?? "");
    return {
      id,
      market: first?.market ?? "",
      questionId: "",
      slug: first?.slug ?? "",
      question: first?.question ?? "",
      description: "",
      groupItemTitle: "",
      gameStartTime: "",
      startMs: Math.min(...tokens.map(({ start_timestamp }) => start_timestamp)),
      endMs: Number.isNaN(endsMs) ? endMs : endsMs,
      tokens: tokens.map(({ token_id, outcome }) => ({ tokenId: token_id, outcome })),
      minOrderSize: this.#known("min_order_size") ?? "",
      event: event(),
    };
  }

  /** Whether the sum of its event's prices is a dollar. */
  get isNegRisk(): boolean {
    return this.#known("neg_risk") ?? false;
  }

  get phase(): MarketPhase {
    return this.winner === undefined ? "open" : "settled";
  }

  get winner(): TokenIndex | undefined {
    const winners = this.#states.map(({ winner }) => winner);
    const index = this.#parts.tokens.findIndex(({ token_id }) => winners.includes(token_id));
    return index < 0 ? undefined : (index as TokenIndex);
  }

  get settledMs(): number | undefined {
    return this.winner === undefined ? undefined : this.lastChangeMs;
  }

  get isListedClosed(): boolean {
    return this.winner !== undefined;
  }

  get tickSize(): number {
    const text = this.#known("tick_size");
    return text === undefined ? USUAL_TICK : unitsOf(text);
  }

  get lastTrade(): { readonly price: number; readonly side: WireSide } | undefined {
    const trades = this.#states.flatMap(({ now }) => now.trade ?? []);
    const last = trades.toSorted((a, b) => a.received_us - b.received_us).at(-1);
    if (last === undefined) return undefined;
    const side = last.string("side") === "SELL" ? "SELL" : "BUY";
    return { price: unitsOf(last.string("price") ?? ""), side };
  }

  get lastTradePrice(): number | undefined {
    const text = this.#known("last_trade_price");
    return text === undefined || text === "" ? undefined : unitsOf(text);
  }

  get lastChangeMs(): number {
    return Math.max(...this.#states.map(({ now }) => now.changedMs));
  }

  get fair(): { readonly price: number } {
    return { price: this.lastTradePrice ?? ONE / 2 };
  }

  get book(): MarketView["book"] {
    const of = (token: TokenIndex) => bestOf(this.#bookOf(token));
    const { bestBid, bestAsk } = of(0);
    return { bestBid, bestAsk, of };
  }

  /** A recording has no older copies to be stale with. */
  restBook(token: TokenIndex): object {
    const book = this.#bookOf(token);
    const { token_id, market } = this.#parts.tokens[token]!;
    return {
      market: book?.market ?? market,
      asset_id: token_id,
      timestamp: book?.timestamp,
      hash: book?.hash,
      bids: wireLevels(book?.bids),
      asks: wireLevels(book?.asks),
      min_order_size: book?.min_order_size,
      tick_size: book?.tick_size,
      neg_risk: book?.neg_risk,
      last_trade_price: book?.last_trade_price,
    };
  }

  get #states(): TokenState[] {
    return this.#parts.tokens.map(({ token_id }) => this.#parts.stateOf(token_id));
  }

  #bookOf(token: TokenIndex): BookNow | undefined {
    return this.#states[token]?.now.book();
  }

  /** What both tokens share, from whichever says it. */
  #known<Key extends keyof BookNow>(key: Key): BookNow[Key] | undefined {
    for (const { now } of this.#states) {
      const value = now.book()?.[key];
      if (value !== undefined) return value;
    }
    return undefined;
  }
}

export function wireLevels(levels: BookNow["bids"] = []): WireLevel[] {
  return levels.map(([price, size]) => ({ price, size }));
}

function bestOf(book: BookNow | undefined): ReturnType<MarketView["book"]["of"]> {
  const bids = wireLevels(book?.bids);
  const asks = wireLevels(book?.asks);
  return {
    bids,
    asks,
    bestBid: unitsOf(bids.at(-1)?.price ?? "0"),
    bestAsk: unitsOf(asks.at(-1)?.price ?? "1"),
  };
}

/** Ten-thousandths, which every tick of the venue is a multiple of. */
function unitsOf(text: string): number {
  return Math.round(Number(text) * ONE) || 0;
}
