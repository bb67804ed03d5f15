import type { MergedItem } from "../../read/merge.ts";
import type { BookNow } from "../../read/token-now.ts";
import type { Update } from "../../read/update.ts";
import type { TokenIndex } from "../market/mirrored-book.ts";
import type { EventView, ListedVenue, TokenView } from "../rest/listed-venue.ts";
import { RecordedMarket } from "./recorded-market.ts";
import { type RecordedToken, TokenState } from "./recorded-token.ts";

/** Outcomes that are named first. */
const FIRST_OUTCOMES = /^(yes|up|over)$/i;

interface RecordedEvent extends EventView {
  readonly markets: readonly RecordedMarket[];
}

/** A recording as the venue was at the moment of the replay: what there was, and its books. */
export class RecordedVenue implements ListedVenue {
  readonly clockStepMs = 0;
  readonly events: readonly RecordedEvent[];
  readonly #places = new Map<string, { market: RecordedMarket; token: TokenIndex }>();
  /** By condition id. */
  readonly #markets = new Map<string, RecordedMarket>();
  #states = new Map<string, TokenState>();
  /** Of the time that is about to be begun with. */
  #coming = new Map<string, TokenState>();

  /** `endMs` is when the recording ends, epoch milliseconds. */
  constructor(tokens: readonly RecordedToken[], endMs: number) {
    const byMarket = Map.groupBy(tokens, ({ market, token_id }) => market || token_id);
    const byEvent = Map.groupBy(
      [...byMarket.values()],
      ([first]) => first!.event || first!.slug || first!.market || first!.token_id,
    );
    let markets = 0;
    this.events = [...byEvent].map(([slug, ofEvent], i) => {
      const event: RecordedEvent = {
        markets: ofEvent.map((ofMarket) => {
          markets++;
          const sorted = ofMarket.toSorted((a, b) => rankOf(a) - rankOf(b));
          const stateOf = (tokenId: string) => this.#stateOf(tokenId);
          const id = String(markets);
          const own = { id, tokens: sorted, stateOf, event: () => event.identity, endMs };
          return this.#market(sorted, new RecordedMarket(own));
        }),
        get identity() {
          const negRisk = this.markets.some((market) => market.isNegRisk);
          const title = ofEvent.length === 1 ? (ofEvent[0]?.[0]?.question ?? slug) : slug;
          const unknown = { description: "", negRiskMarketId: "", tags: [], series: undefined };
          return { id: String(i + 1), slug, title, negRisk, ...unknown };
        },
      };
      return event;
    });
  }

  get markets(): readonly RecordedMarket[] {
    return this.events.flatMap(({ markets }) => markets);
  }

  find(tokenId: string): TokenView | undefined {
    const place = this.#places.get(tokenId);
    return place && this.#hasBook(tokenId) ? place : undefined;
  }

  findMarket(conditionId: string): RecordedMarket | undefined {
    return this.#markets.get(conditionId);
  }

  /** Whether the token is recorded at all. */
  has(tokenId: string): boolean {
    return this.#places.has(tokenId);
  }

  /** A token whose book may still come: it had none, or is in a gap. */
  awaits(tokenId: string): boolean {
    const state = this.#stateOf(tokenId);
    return this.has(tokenId) && state.winner === undefined && !state.now.isCurrent;
  }

  /** The book of a token; `undefined` without one, in a gap, and when the outcome is known. */
  book(tokenId: string): BookNow | undefined {
    const { now } = this.#stateOf(tokenId);
    return now.isCurrent && this.#hasBook(tokenId) ? now.book() : undefined;
  }

  /** Goes on with what comes next in the recording. */
  take(item: MergedItem): void {
    this.#takeInto(this.#states, item);
  }

  /** Takes what leads to another time. */
  lead(item: MergedItem): void {
    this.#takeInto(this.#coming, item);
  }

  /** It is that time now. */
  begin(): void {
    this.#states = this.#coming;
    this.#coming = new Map();
  }

  #takeInto(states: Map<string, TokenState>, item: MergedItem): void {
    if (item.kind === "message") {
      for (const update of item.updates) takeUpdate(stateIn(states, update.token_id), update);
    } else if (item.kind === "gap") stateIn(states, item.token_id).now.interrupt();
    else this.#takeNote(states, item.update);
  }

  /** The recorder had the outcome from Gamma. */
  #takeNote(states: Map<string, TokenState>, { token_id, data }: Update): void {
    if (data.kind !== "resolved") return;
    const place = this.#places.get(token_id);
    const won = place?.market.identity.tokens.find(({ outcome }) => outcome === data.cause);
    if (won !== undefined) stateIn(states, token_id).winner = won.tokenId;
  }

  #hasBook(tokenId: string): boolean {
    const { now, winner } = this.#stateOf(tokenId);
    return now.hasBook && winner === undefined;
  }

  #market(tokens: readonly RecordedToken[], market: RecordedMarket): RecordedMarket {
    this.#markets.set(tokens[0]!.market, market);
    for (const [token, { token_id }] of tokens.entries()) {
      this.#places.set(token_id, { market, token: token as TokenIndex });
    }
    return market;
  }

  #stateOf(tokenId: string): TokenState {
    return stateIn(this.#states, tokenId);
  }
}

function stateIn(states: Map<string, TokenState>, tokenId: string): TokenState {
  const known = states.get(tokenId);
  if (known !== undefined) return known;
  const state = new TokenState();
  states.set(tokenId, state);
  return state;
}

function takeUpdate(state: TokenState, update: Update): void {
  state.now.take(update);
  const { update_type: type } = update;
  if (type === "market_resolved") state.winner = update.string("winning_asset_id");
  else if (type === "book") state.winner = undefined;
}

function rankOf({ outcome }: RecordedToken): number {
  return FIRST_OUTCOMES.test(outcome) ? 0 : 1;
}
