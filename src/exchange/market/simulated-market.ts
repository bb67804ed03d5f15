import type { WirePriceChange } from "../../polymarket/messages.ts";
import type { Random } from "../../ports/random.ts";
import type { Agenda } from "../agenda.ts";
import { BookHistory } from "./book-history.ts";
import { type BookSummary, bookSummary, isOlder, type MarketState } from "./book-summary.ts";
import { ONE } from "./decimal-text.ts";
import { FairPrice } from "./fair-price.ts";
import { fillBook } from "./fill-book.ts";
import { type BestPrices, priceChanges, type Trade } from "./market-elements.ts";
import { type MarketIdentity, randomHash } from "./market-identity.ts";
import type { MarketProfile } from "./market-profile.ts";
import { MarketSpeech } from "./market-speech.ts";
import { MirroredBook, type TokenIndex } from "./mirrored-book.ts";
import type { Action, BookChange, Fill, Participant, Trading } from "./participant.ts";
import { isBehindFair } from "./quote-price.ts";
import { tickSizeAt } from "./tick-size.ts";
import { stampOf, type Venue } from "./venue.ts";

/** An opening book can be this much older than the subscription. */
const QUIET_MS_MAX = 60_000;
const LATE_MS_MIN = 1;
const LATE_MS_MAX = 5;
/** Hundredths of a share. */
const ECHO_SIZE = 500;
const FIRST_SIZE = 500;
/** A change that comes after a younger book is so much older at most. */
const STALE_MS_MAX = 5_000;
const SAID_GROUPS = 4;
/** Orders for an amount of dollars, which buy an odd number of shares. */
const FOR_DOLLARS_SHARE = 0.2;
const MILLIONTHS_PER_HUNDREDTH = 10_000;
/** How a market that has ended loses its orders. */
const EMPTYING_CHANGES = 5;
const EMPTYING_MS = 40;
/** Gamma knows an outcome so long after the market channel has said it; how long is a guess. */
const LISTED_LATE_MS = 10_000;

/** A market trades, or has ended and waits for its outcome, or is settled and has no book. */
export type MarketPhase = "open" | "ended" | "settled";

interface Group {
  readonly changes: readonly BookChange[];
  readonly before: BestPrices;
  readonly stampMs: number;
}

interface SaidGroup extends Group {
  readonly first: TokenIndex;
  /** The agenda's milliseconds. */
  readonly atMs: number;
}

export interface MarketOptions {
  readonly identity: MarketIdentity;
  readonly profile: MarketProfile;
  /** YES, in ten-thousandths. */
  readonly fairPrice: number;
  /** False for a market that opens: nobody has traded in it. */
  readonly hasTraded: boolean;
  readonly random: Random;
}

/** One market of the simulation: its book, who trades in it, and what that does. */
export class SimulatedMarket implements MarketState, Trading {
  readonly identity: MarketIdentity;
  readonly profile: MarketProfile;
  readonly book = new MirroredBook();
  readonly fair: FairPrice;
  readonly random: Random;
  tickSize: number;
  /** The last trade whose price the hashes know. */
  lastTrade: Trade | undefined;
  lastChangeMs: number;
  phase: MarketPhase = "open";
  winner: TokenIndex | undefined;
  /** Epoch milliseconds. */
  settledMs: number | undefined;
  /** Gamma lists it as closed. */
  isListedClosed = false;
  readonly #agenda: Agenda;
  readonly #venue: Venue;
  readonly #speech: MarketSpeech;
  readonly #history = new BookHistory();
  /** A group whose hashes will know the next change too. */
  #late: Group | undefined;
  /** The last groups that were said when they happened, each alone in its moment. */
  #saidGroups: SaidGroup[] = [];
  #lastSaidMs = 0;

  constructor(options: MarketOptions, venue: Venue) {
    const { identity, profile, fairPrice, hasTraded, random } = options;
    this.identity = identity;
    this.profile = profile;
    this.random = random;
    this.fair = new FairPrice(random, fairPrice, profile.moveShare);
    this.tickSize = tickSizeAt(fairPrice, profile.tickSize, profile.tickSize);
    this.#venue = venue;
    this.#agenda = venue.agenda;
    this.lastChangeMs = Math.floor(this.#agenda.nowMs - random() * QUIET_MS_MAX);
    fillBook(this);
    if (hasTraded) this.lastTrade = this.#firstTrade();
    this.#speech = new MarketSpeech(this, random, venue);
  }

  get levels(): number {
    return this.profile.levels;
  }

  get lastTradePrice(): number | undefined {
    return this.lastTrade?.price;
  }

  get elapsedMs(): number {
    return this.#agenda.elapsedMs;
  }

  /** Tells the venue's clients that the market is coming. */
  announce(): void {
    this.#speech.created();
  }

  /** A token's book as REST may still have it: as it was `staleMs` ago. */
  restBook(token: TokenIndex, staleMs: number): object {
    const { recipe } = this.#venue.conditions;
    const state = staleMs === 0 ? this : this.#history.asOf(this, this.#agenda.nowMs - staleMs);
    const summary = bookSummary(state, token, recipe);
    return recipe === "5" ? oldestForm(summary, state.lastChangeMs) : summary;
  }

  /**
   * A change that was said shortly before the present book was stamped, which has it; as it was
   * said then. `undefined` when there was none.
   */
  staleChange(): WirePriceChange | undefined {
    const { recipe } = this.#venue.conditions;
    const past = this.#saidGroups.findLast(
      ({ stampMs }) => stampMs < this.lastChangeMs && this.lastChangeMs - stampMs <= STALE_MS_MAX,
    );
    if (past === undefined || isOlder(recipe)) return undefined;
    const state = this.#history.asOf(this, past.atMs);
    return priceChanges(state, past.changes, { ...past, recipe }).at(-1);
  }

  /** Lets participants trade. */
  join(participants: readonly Participant[]): void {
    for (const participant of participants) {
      const firstMs = this.random() * participant.usualPauseMs;
      this.#agenda.after(firstMs, () => this.#act(participant));
    }
  }

  /** Trading is over: every order goes, in a burst of changes. */
  end(): void {
    this.phase = "ended";
    this.winner = this.fair.price >= ONE / 2 ? 0 : 1;
    this.#speakLate();
    this.#empty();
  }

  /** The outcome is known and said; from now on there is no book. */
  settle(): void {
    this.phase = "settled";
    this.settledMs = this.#agenda.nowMs;
    this.#agenda.after(LISTED_LATE_MS, () => {
      this.isListedClosed = true;
    });
    if (this.winner !== undefined) this.#speech.resolved(this.winner);
  }

  #act(participant: Participant): void {
    if (this.phase !== "open") return;
    const action = participant.act(this);
    this.#perform(action);
    this.#agenda.after(action.nextMs, () => this.#act(participant));
  }

  #perform({ changes, fills = [] }: Pick<Action, "changes" | "fills">): void {
    const real = changes.filter(({ side, price, size }) => this.book[side].sizeAt(price) !== size);
    if (real.length === 0) return;
    const { sharedHash, earlyRecipe } = this.#venue.conditions.oddities;
    const isEarly = this.random() < earlyRecipe;
    const isShared = this.random() < sharedHash;
    const trades = this.#tradesOf(fills);
    const isTrade = trades.length > 0;
    if (isTrade) this.#speakLate();
    const priceBefore = this.lastTradePrice;
    if (isEarly) this.lastTrade = trades.at(-1) ?? this.lastTrade;
    for (const group of isShared ? [real] : real.map((change) => [change])) {
      const before = this.#best;
      for (const change of group) this.#apply(change, priceBefore);
      this.#speakLate();
      this.#speak({ changes: group, before, stampMs: this.lastChangeMs }, isTrade);
    }
    this.lastTrade = trades.at(-1) ?? this.lastTrade;
    // What was said with other values of the recipe cannot be said again.
    if (isTrade && !isEarly) this.#saidGroups = [];
    if (isTrade) this.#speech.trades(trades, { delayed: isEarly });
    this.#adjustTick(isEarly);
  }

  #apply({ side, price, size }: BookChange, tradePriceBefore: number | undefined): void {
    this.#history.note(this, side, price, { nowMs: this.#agenda.nowMs, tradePriceBefore });
    this.book[side].set(price, size);
    this.lastChangeMs = stampOf(this.#venue);
  }

  /** Says a group, or keeps it for a moment so that its hashes know the next change. */
  #speak(group: Group, isTrade: boolean): void {
    const isLate = this.random() < this.#venue.conditions.oddities.lateHash;
    if (!isLate || isTrade || !this.#canWait(group)) {
      const first = this.#speech.changes(group.changes, group.before, group.stampMs);
      this.#remember({ ...group, first, atMs: this.#agenda.nowMs });
      return;
    }
    this.#late = group;
    const delayMs = LATE_MS_MIN + this.random() * (LATE_MS_MAX - LATE_MS_MIN);
    this.#agenda.after(delayMs, () => {
      if (this.#late === group)
        this.#perform({ changes: group.changes.slice(0, 1).map(this.#echo) });
    });
  }

  /** Groups of one moment cannot be told apart later. */
  #remember(group: SaidGroup): void {
    const others = this.#saidGroups.filter(({ atMs }) => atMs !== group.atMs);
    const isAlone = group.atMs !== this.#lastSaidMs;
    this.#lastSaidMs = group.atMs;
    this.#saidGroups = isAlone ? [...others.slice(1 - SAID_GROUPS), group] : others;
  }

  /** Only a quiet moment can be told late: another order must fit beside the change. */
  #canWait({ changes }: Group): boolean {
    const isCalm = this.phase === "open" && this.#nextTick === this.tickSize;
    return isCalm && changes.every(({ side, price }) => isBehindFair(side, price, this));
  }

  #speakLate(): void {
    const late = this.#late;
    this.#late = undefined;
    if (late !== undefined) this.#speech.changes(late.changes, late.before, late.stampMs);
  }

  /** A small order on top of the last change: the one change more that a late hash knows. */
  readonly #echo = ({ side, price }: BookChange): BookChange => {
    return { side, price, size: this.book[side].sizeAt(price) + ECHO_SIZE };
  };

  /** Of before the simulation began, where the book has somebody to trade with. */
  #firstTrade(): Trade | undefined {
    const side = this.book.asks.length > 0 ? "asks" : "bids";
    const price = this.book[side].priceFromTouch(0);
    return price === undefined ? undefined : this.#tradesOf([{ side, price, size: FIRST_SIZE }])[0];
  }

  /** One taker's trades: they name one token, whichever, at its prices, and one transaction. */
  #tradesOf(fills: readonly Fill[]): Trade[] {
    if (fills.length === 0) return [];
    const token: TokenIndex = this.random() < 0.5 ? 0 : 1;
    const transactionHash = randomHash(this.random);
    return fills.map(({ side, price, size }) => {
      const isForDollars = this.random() < FOR_DOLLARS_SHARE;
      const rest = isForDollars ? Math.floor(this.random() * MILLIONTHS_PER_HUNDREDTH) : 0;
      return {
        token,
        price: token === 0 ? price : ONE - price,
        size: size * MILLIONTHS_PER_HUNDREDTH - rest,
        side: (side === "asks") === (token === 0) ? ("BUY" as const) : ("SELL" as const),
        transactionHash,
      };
    });
  }

  #adjustTick(isEarly: boolean): void {
    const from = this.tickSize;
    this.tickSize = this.#nextTick;
    if (this.tickSize === from) return;
    this.#saidGroups = [];
    this.#speech.tickSize(from, this.tickSize, { delayed: isEarly });
  }

  /** Only where there is a middle: a book that is being emptied has none. */
  get #nextTick(): number {
    const { bid, ask } = this.#best;
    if (this.phase !== "open" || bid === 0 || ask === ONE) return this.tickSize;
    return tickSizeAt((bid + ask) / 2, this.profile.tickSize, this.tickSize);
  }

  get #best(): BestPrices {
    return { bid: this.book.bestBid, ask: this.book.bestAsk };
  }

  #empty(): void {
    const levels = (["bids", "asks"] as const).flatMap((side) =>
      Array.from({ length: Math.min(EMPTYING_CHANGES, this.book[side].length) }, (_, rank) => ({
        side,
        price: this.book[side].priceFromTouch(rank) ?? 0,
        size: 0,
      })),
    );
    if (levels.length === 0) return;
    this.#perform({ changes: levels });
    this.#agenda.after(this.random() * EMPTYING_MS, () => this.#empty());
  }
}

/** In 2024 REST gave the time that was not hashed yet, behind everything that was. */
function oldestForm({ market, asset_id, bids, asks, hash }: BookSummary, changedMs: number) {
  return { market, asset_id, bids, asks, hash, timestamp: String(changedMs) };
}
