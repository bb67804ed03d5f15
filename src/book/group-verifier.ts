import { textOfMillionths } from "../format/decimal.ts";
import type { Levels } from "../format/level.ts";
import type { PlainChange } from "../format/plain-change.ts";
import type { VenueHash } from "../format/venue-hash.ts";
import { timeOf } from "../format/venue-time.ts";
import {
  type CandidateState,
  type Explanation,
  HashGroup,
  PendingGroup,
  stateOf,
  type Withheld,
} from "./hash-group.ts";
import { HashedBook } from "./hashed-book.ts";
import type { GroupVerdict, HashProof, JudgedGroup } from "./judged-group.ts";
import type { MaySearch } from "./price-search.ts";
import type { DetectedRecipe } from "./recipe-detection.ts";
import { type LearnedValue, PRICES_MAX, RecipeState, type StaticValues } from "./recipe-state.ts";
import { hashedPrice, type Recipe, type RecipeValues } from "./recipes.ts";
import { VainSearches } from "./vain-searches.ts";
import type { Taken, VerifiedBook, VerifiedEntry } from "./verified-update.ts";
import { WithheldEntries } from "./withheld-entries.ts";

export interface GroupVerifierOptions {
  readonly market: string;
  readonly tokenId: string;
  /** What REST said; may come later, by `know`. */
  readonly known?: StaticValues;
  /** Hears of every group once, after provisional verdicts if there are any. */
  judged(group: JudgedGroup): void;
  /** Asked before so many trade prices are tried; a thousand take 0.5 ms. */
  readonly maySearch: MaySearch;
}

/** The book that is held, as the venue names it. */
export interface HeldBook {
  readonly hash: string;
  /** Venue time of its last change, epoch milliseconds; -1 if unknown. */
  readonly venueMs: number;
}

/** Groups that wait to be explained; each holds a copy of its book. */
const PENDING_MAX = 32;
/** A hash may know the next change: one in truth, some more when a group follows. */
const LATE_CHANGES_MAX = 4;
/** An open group is judged after so long, and is taken for over after the next. */
const SILENCE_US = 250_000;
/** What waits for an announcement is given up after so long. */
const WAIT_US = 1_000_000;

/**
 * Judges every hash of one token (docs/PROTOCOL.md, "Rules for a verifier"). It owns the book:
 * updates go in as they are applied, in order, and each group of them comes out once with its
 * verdict, those that wait for an announcement or one more change later than those behind them.
 */
export class GroupVerifier {
  readonly book: HashedBook;
  readonly #options: GroupVerifierOptions;
  readonly #state: RecipeState;
  #groups = 0;
  #open: HashGroup | undefined;
  #lastHash: VenueHash | string = "";
  #lastMs = -1;
  #pending: PendingGroup[] = [];
  readonly #withheld = new WithheldEntries();
  readonly #vainSearches = new VainSearches();
  /** Groups that end are not hashed: the caller has no time for it. */
  isShedding = false;

  constructor(options: GroupVerifierOptions) {
    this.#options = options;
    this.#state = new RecipeState(options.known ?? {});
    this.book = new HashedBook(options.market, options.tokenId);
  }

  get market(): string {
    return this.#options.market;
  }

  get recipe(): Recipe | undefined {
    return this.#state.recipe;
  }

  /** See `RecipeState`. */
  get values(): RecipeValues {
    return this.#state.values;
  }

  /** Whether an entry with these belongs to the open group: see `RecentEntries`. */
  isOfOpenGroup(timestamp: string, hash: string): boolean {
    return this.#open?.has(timestamp, hash) === true;
  }

  /** The hash of the last book or change that was applied, `""` if that had none, and its time. */
  get last(): HeldBook {
    return { hash: this.#lastHash.toString(), venueMs: this.#lastMs };
  }

  get hasOpenGroup(): boolean {
    return this.#open !== undefined;
  }

  /** The same for a plain entry. */
  isPlainOfOpenGroup(change: PlainChange): boolean {
    return this.#open?.hasPlain(change) === true;
  }

  /** What REST says about the market, when it comes after the start. */
  know(known: StaticValues): void {
    this.#state.know(known);
  }

  /** Goes on from a book that was verified before, such as a keyframe's. */
  resume(levels: Levels, detected: DetectedRecipe): void {
    this.endOpen();
    this.book.replace(levels);
    this.#state.use(detected);
  }

  /** Takes a whole book; true if the running one had the same levels, text by text. */
  takeBook(update: VerifiedBook): boolean {
    this.endOpen();
    const wasSame = this.book.replace(update.levels);
    this.#withheld.clear();
    const { tickSize, lastTradePrice } = update;
    // What comes behind an opening book says nothing about the book before it.
    if (tickSize !== undefined) for (const pending of this.#pending) pending.isCutOff = true;
    if (tickSize !== undefined) this.#state.announce("tick_size", tickSize);
    if (lastTradePrice !== undefined) this.#state.announce("last_trade_price", lastTradePrice);
    const group = this.#openGroup(undefined, update, update);
    // Stated values mean that the book is an opening one: only there a recipe can be told.
    if (this.recipe === undefined || tickSize !== undefined) this.#detect(group);
    this.endOpen();
    return wasSame;
  }

  /** Takes a change; one that cannot be read leaves the book as it was. */
  takeEntry(entry: VerifiedEntry): void {
    if (!this.isOfOpenGroup(entry.timestamp, entry.hash)) this.endOpen();
    const isApplied = this.book.set(entry.side, entry.price, entry.size);
    if (isApplied) this.#withheld.dropAt(entry.side, entry.price);
    if (this.#open === undefined) this.#openGroup(undefined, entry, entry);
    else this.#open.mixBest(entry.bestBid, entry.bestAsk);
    this.#taken(entry);
    // No other can share what it does not have.
    if (entry.hash === "") this.endOpen();
  }

  /** Takes a plain change. */
  takeChange(change: PlainChange, taken: Taken): void {
    if (this.#open !== undefined && !this.#open.hasPlain(change)) this.endOpen();
    const { side, price, size } = change;
    const name = side === 0 ? "bids" : "asks";
    this.book.setPlain(name, price, size);
    if (this.#withheld.list.length > 0) this.#withheld.dropAt(name, textOfMillionths(price));
    if (this.#open === undefined) this.#openGroup(change, undefined, taken);
    else this.#open.mixPlainBest(change);
    this.#taken(taken);
  }

  /** The open group has an entry more, or its first one. */
  #taken({ row, takenUs }: Taken): void {
    const group = this.#open!;
    if (group.rows[group.rows.length - 1] !== row) group.rows.push(row);
    group.serial = this.#state.serial;
    group.takenUs = takenUs;
    group.settled = undefined;
    this.#tryLaterState(row);
  }

  /** Takes an entry that looks like a duplicate; it is applied if the next hash needs it. */
  takeDuplicate(entry: Withheld): void {
    this.#withheld.add(entry);
  }

  /** A trade of the market was announced, of either token; `price` as on the wire. */
  announcePrice(price: string): void {
    this.#announce("last_trade_price", hashedPrice(price));
  }

  announceTickSize(tickSize: string): void {
    this.#announce("tick_size", tickSize);
  }

  /** To be called now and then: what waits too long is judged. */
  pass(nowUs: number): void {
    const idleUs = this.#open === undefined ? 0 : nowUs - this.#open.takenUs;
    // What a hash was said to be is settled; what it is not may still be told.
    if (idleUs > WAIT_US && this.#open?.settled === undefined) this.endOpen();
    else if (idleUs > SILENCE_US) this.silence();
    this.expire(nowUs - WAIT_US);
  }

  /** Nothing came for a while: judges the open group once, which may still grow. */
  silence(): void {
    const group = this.#open;
    if (group === undefined || group.settled !== undefined || !this.#canJudge(group)) return;
    this.#settle(group);
    if (group.settled !== undefined) this.#report(group, group.settled, true);
  }

  /** Judges for good what waits since before a time, in microseconds. */
  expire(takenBeforeUs: number): void {
    while (this.#pending[0] !== undefined && this.#pending[0].group.takenUs < takenBeforeUs) {
      this.#giveUp(this.#pending[0]);
    }
  }

  /**
   * Judges everything for good: the socket or the session ends. What would have explained a hash
   * may have been cut off, so it is not missed.
   */
  end(): void {
    this.endOpen();
    while (this.#pending[0] !== undefined) this.#giveUp(this.#pending[0], "unverifiable");
  }

  /** With its first update, either plain or as texts. */
  #openGroup(
    change: PlainChange | undefined,
    texts: VerifiedEntry | VerifiedBook | undefined,
    { row, takenUs }: Taken,
  ): HashGroup {
    this.#groups++;
    const { serial } = this.#state;
    this.#open = new HashGroup(change, texts, { row, takenUs, number: this.#groups, serial });
    this.#lastHash = change?.hash ?? texts!.hash;
    this.#lastMs = change?.venueMs ?? timeOf(texts!.timestamp);
    return this.#open;
  }

  /** The open group takes no more: judges it. */
  endOpen(): void {
    const group = this.#open;
    this.#open = undefined;
    if (group === undefined) return;
    // A whole book is no next change: it has whatever the one before it lacked.
    if (this.#pending.length > 0 && !group.isBook) this.#tryStateAtEnd(group);
    if (!this.#canJudge(group)) {
      this.#finish(group, this.isShedding ? "shed" : "unverifiable");
      return;
    }
    if (group.settled === undefined) this.#settle(group);
    if (group.settled !== undefined) this.#explained(group, group.settled);
    else this.#wait(group);
  }

  #canJudge(group: HashGroup): boolean {
    return !this.isShedding && this.#state.canJudge(group);
  }

  /** Looks for what explains a group in the book as it is. */
  #settle(group: HashGroup): void {
    const own = stateOf(this.book, group.rows.at(-1)!);
    this.#settled(group, this.#state.explainAtOnce(group, own) ?? this.#state.explain(group, own));
  }

  #settled(group: HashGroup, explanation: Explanation | undefined): void {
    group.settled = explanation;
    // The book has this hash without them: they were duplicates.
    if (explanation !== undefined) this.#withheld.dropUpTo(explanation.state.row);
  }

  /** An opening book is where a recipe is told: the one in force, else whichever fits. */
  #detect(group: HashGroup): void {
    // There is no other chance to tell it: once for each token even if there is no time.
    if (this.isShedding && this.recipe !== undefined) return;
    if (this.#state.canJudge(group)) {
      this.#settle(group);
      if (group.settled !== undefined) return;
    }
    if (this.#state.detect(this.book, group, this.#maySearchFor(group))) {
      group.serial = this.#state.serial;
    } else {
      this.#vainSearches.failed(group.takenUs);
    }
  }

  /** Nothing known explains a group that has ended: it waits, with a copy of its book. */
  #wait(group: HashGroup): void {
    const own = stateOf(this.book.copy(), group.rows.at(-1)!);
    const pending = new PendingGroup(group, own);
    const withheld = this.#withheld.list;
    if (withheld.length > 0) {
      const state = { book: this.book.copy(), row: own.row, withheld };
      for (const { side, price, size } of state.withheld) state.book.set(side, price, size);
      const explanation = this.#state.explain(group, state);
      if (explanation !== undefined) {
        this.#explained(group, explanation);
        return;
      }
      pending.states.push(state);
    }
    this.#pending.push(pending);
    if (this.#pending.length > PENDING_MAX) this.#giveUp(this.#pending[0]!);
  }

  /** A change has come: some hash that waits may be of the book after it. */
  #tryLaterState(row: number): void {
    if (this.#pending.length === 0) return;
    let copied: CandidateState | undefined;
    for (const pending of [...this.#pending]) {
      const { group } = pending;
      if (pending.isCutOff || pending.laterChanges === LATE_CHANGES_MAX) continue;
      if (group.rows.at(-1) === row) continue;
      pending.laterChanges++;
      const explanation = this.#state.explain(group, stateOf(this.book, row));
      if (explanation !== undefined) {
        this.#resolved(pending, explanation);
      } else {
        copied ??= stateOf(this.book.copy(), row);
        pending.states.push(copied);
      }
    }
  }

  /** However long it was, the group that follows a late hash may be in it as a whole. */
  #tryStateAtEnd(group: HashGroup): void {
    const row = group.rows.at(-1)!;
    const pending = this.#pending.at(-1)!;
    if (pending.isCutOff) return;
    if (pending.group.number + 1 !== group.number || pending.states.at(-1)!.row === row) return;
    const explanation = this.#state.explain(pending.group, stateOf(this.book, row));
    if (explanation !== undefined) this.#resolved(pending, explanation);
    else pending.states.push(stateOf(this.book.copy(), row));
  }

  #announce(field: LearnedValue["field"], text: string): void {
    const group = this.#open;
    // What is complete already was hashed before this: judged first, it does not have to be
    // tried with the new value (3 % false misses, measured, where groups are judged once).
    if (group !== undefined && group.settled === undefined && this.#canJudge(group)) {
      const own = stateOf(this.book, group.rows.at(-1)!);
      this.#settled(group, this.#state.explainAtOnce(group, own));
    }
    const learned = this.#state.announce(field, text);
    if (!this.#state.hashes(field)) return;
    for (const pending of [...this.#pending]) {
      pending.announcements++;
      // Giving up on one may have explained others.
      if (!this.#pending.includes(pending) || this.#retry(pending, learned)) continue;
      if (pending.announcements > PRICES_MAX) this.#giveUp(pending);
    }
  }

  /** Tries all books of a group with a value that was not known before. */
  #retry(pending: PendingGroup, learned: LearnedValue): boolean {
    for (const state of pending.states) {
      const explanation = this.#state.explain(pending.group, state, learned);
      if (explanation === undefined) continue;
      this.#resolved(pending, explanation);
      return true;
    }
    return false;
  }

  /** Waiting is over: the trade's price is searched. Without time for it nothing was missed. */
  #giveUp(pending: PendingGroup, otherwise: "missed" | "unverifiable" = "missed"): void {
    const { group, states } = pending;
    const found = this.#state.search(group, states, this.#maySearchFor(group));
    if (found === "none" || found === "refused") {
      if (found === "none") this.#vainSearches.failed(group.takenUs);
      this.#pending = this.#pending.filter((other) => other !== pending);
      this.#finish(group, found === "refused" ? "unverifiable" : otherwise);
      return;
    }
    this.#resolved(pending, found.explanation);
    // The others may have waited for the same price.
    for (const other of [...this.#pending]) this.#retry(other, found.learned);
  }

  #resolved(pending: PendingGroup, explanation: Explanation): void {
    this.#pending = this.#pending.filter((other) => other !== pending);
    this.#explained(pending.group, explanation);
  }

  #explained(group: HashGroup, explanation: Explanation): void {
    const { values, state } = explanation;
    this.#vainSearches.forget();
    this.#state.proved(values, group.number);
    // Duplicates that were none, or that were some indeed.
    if (state.withheld.length > 0) this.#withheld.restore(state.withheld, this.book);
    else this.#withheld.dropUpTo(state.row);
    this.#report(group, explanation, false);
  }

  #maySearchFor({ takenUs }: HashGroup): MaySearch {
    if (this.#vainSearches.mayTry(takenUs)) return this.#options.maySearch;
    return () => false;
  }

  #finish(group: HashGroup, verdict: "missed" | "unverifiable" | "shed"): void {
    // What did not explain this hash is not tried again: they were duplicates.
    this.#withheld.dropUpTo(group.rows.at(-1)!);
    this.#tell(group, verdict, group.rows, false, undefined);
  }

  #report(group: HashGroup, explanation: Explanation, isProvisional: boolean): void {
    const { verdict, values, leadMs, state } = explanation;
    const rows = isProvisional ? [...group.rows] : group.rows;
    this.#tell(group, verdict, rows, isProvisional, {
      recipe: this.recipe!,
      values,
      leadMs,
      stateRow: state.row,
      restored: state.withheld.length === 0 ? NO_ROWS : state.withheld.map(({ row }) => row),
      isBestRight: group.isBestOf(state.book),
    });
  }

  /** No list of options: a spread here would cost as much as a change of the book. */
  #tell(
    { takenUs, isBook }: HashGroup,
    verdict: GroupVerdict,
    rows: readonly number[],
    isProvisional: boolean,
    proof: HashProof | undefined,
  ): void {
    const { judged } = this.#options;
    judged({ verdict, rows, takenUs, isBook, isProvisional, proof });
  }
}

const NO_ROWS: readonly number[] = [];
