import type {
  BlockRecipe,
  Derivation,
  Keyframe,
  RowsVerdict,
  StoredEvent,
  StoredValue,
} from "../format/block.ts";
import { hashedValuesOf } from "../format/columns/recipe-column.ts";
import { textOfMillionths } from "../format/decimal.ts";
import { type Levels, levelsText } from "../format/level.ts";
import { fieldString, type MarketEvent, type Verdict } from "../format/market-event.ts";
import { plainChangeOf } from "../format/plain-change.ts";
import { timeOf } from "../format/venue-time.ts";
import type { SideName } from "./book.ts";
import { RecentEntries } from "./duplicates.ts";
import { levelChange } from "./event-levels.ts";
import { GroupVerifier, type HeldBook } from "./group-verifier.ts";
import type { JudgedGroup } from "./judged-group.ts";
import type { StaticValues } from "./recipe-state.ts";
import { RECIPE_NAMES, RECIPES, type RecipeValues } from "./recipes.ts";
import { type Standing, TokenStanding } from "./standing.ts";
import { storedLevels } from "./stored-levels.ts";
import { countGroup, noVerdicts, type VerdictCounts } from "./verdict-counts.ts";

/** What was found out about rows of a token. */
export interface JudgedRows extends RowsVerdict {
  readonly rows: readonly number[];
  /** The group may still grow, and is judged again then. */
  readonly isProvisional: boolean;
}

export interface TokenBookOptions {
  readonly tokenId: string;
  /** Of the session: hashes of another market are not derived. */
  readonly market: string;
  /** Asked before so many trade prices are tried. */
  maySearch(candidates: number): boolean;
}

/**
 * A late change of before a fresh book follows it within a moment. One that comes later is new, and
 * the venue's clock was set back: the next hash tells if it was not.
 */
const STALE_FOR_US = 10_000_000;
/** What looks like a duplicate is one if no hash has said otherwise after so long. */
const UNDECIDED_US = 1_000_000;

/**
 * The one book of a token while it is recorded. Updates go in as they come and get row numbers,
 * in order from 1; what is not said of one at once is said to `judged` later, once for good.
 *
 * Times at which updates are taken are microseconds of any clock that is never set back: what
 * waits is given up by it.
 */
export class TokenBook {
  counts: VerdictCounts = noVerdicts();
  /** Hears of rows whose hash was judged, at times before `take` returns. */
  judged: (judged: JudgedRows) => void = () => {};
  readonly #options: TokenBookOptions;
  readonly #recent = new RecentEntries();
  readonly #standing = new TokenStanding();
  #verifier: GroupVerifier | undefined;
  #known: StaticValues = {};
  #isShedding = false;
  #hasBook = false;
  /** Venue time of the last book, epoch milliseconds or -1: changes stamped before it are stale. */
  #bookMs = 0;
  #bookTakenUs = 0;
  #row = 0;
  /** Rows that look like duplicates, until a later hash is judged. */
  #undecided: number[] = [];
  /** Receive time of the last of them. */
  #undecidedUs = 0;
  /** Rows up to here may have been hashed with a duplicate that came before them. */
  #restoredRow = 0;
  /** The last derivation, which most groups share with the one before, and its values. */
  #derivation: Derivation | undefined;
  #derivedValues: RecipeValues | undefined;

  constructor(options: TokenBookOptions) {
    this.#options = options;
  }

  /** Of the session: hashes of another one are not derived. */
  get market(): string {
    return this.#options.market;
  }

  /** The last row. */
  get row(): number {
    return this.#row;
  }

  /** Rows up to here cannot be told from what a block holds of them: see `Derivation`. */
  get restoredRow(): number {
    return this.#restoredRow;
  }

  /** Levels of both sides. */
  get levels(): number {
    return this.#verifier?.book.count ?? 0;
  }

  /** Changes as hashes are judged. */
  get standing(): Standing {
    return this.#standing;
  }

  /** How its hashes are made; `null` while that is not known. */
  get recipe(): BlockRecipe | null {
    const { recipe, values } = this.#verifier ?? {};
    if (recipe === undefined || values === undefined) return null;
    return { name: recipe.name, minOrderSize: values.minOrderSize, negRisk: values.negRisk };
  }

  keyframe(): Keyframe | null {
    const verifier = this.#verifier;
    if (verifier === undefined || !this.#hasBook) return null;
    const { tickSize, lastTradePrice } = verifier.values;
    return {
      ...verifier.book.levels(),
      tickSize: tickSize === "" ? null : tickSize,
      lastTradePrice: lastTradePrice === "" ? null : lastTradePrice,
    };
  }

  /**
   * Has the levels of a block's keyframe from now on: updates before it may be missing. Without a
   * book so far the recipe says how hashes are made, if it is known.
   */
  goOn(keyframe: Keyframe, recipe: BlockRecipe | null): void {
    const isNew = this.#verifier === undefined;
    this.#verifier ??= this.#newVerifier(this.market);
    this.#hasBook = true;
    const name = RECIPE_NAMES.find((known) => known === recipe?.name);
    if (!isNew || recipe === null || name === undefined) {
      this.#verifier.book.replace(keyframe);
      return;
    }
    const { minOrderSize, negRisk } = recipe;
    const values = { minOrderSize, negRisk, ...hashedValuesOf(keyframe) };
    this.#verifier.resume(keyframe, { recipe: RECIPES[name], values });
  }

  /** What REST says of the market. */
  know(known: StaticValues): void {
    this.#known = known;
    this.#verifier?.know(known);
  }

  /** Groups that end are not hashed while there is no time for it. */
  set isShedding(isShedding: boolean) {
    this.#isShedding = isShedding;
    if (this.#verifier !== undefined) this.#verifier.isShedding = isShedding;
  }

  /** Whether the event shares the hash of the one before, so that one block should have both. */
  continuesGroup(event: MarketEvent): boolean {
    if (event.type !== "price_change" || this.#verifier === undefined) return false;
    if (event.change !== undefined) return this.#verifier.isPlainOfOpenGroup(event.change);
    return this.#verifier.isOfOpenGroup(timestampOf(event), hashOf(event));
  }

  /** The book as the venue names it; `undefined` without one, or without its hash. */
  get held(): HeldBook | undefined {
    const held = this.#hasBook ? this.#verifier?.last : undefined;
    return held?.hash === "" ? undefined : held;
  }

  /** Whether a group is open that the next change may belong to. */
  get hasOpenGroup(): boolean {
    return this.#verifier?.hasOpenGroup === true;
  }

  /** The open group takes no more: what is said of it is said before this returns, if it can be. */
  endGroup(): void {
    this.#verifier?.endOpen();
  }

  /** Whether an event names the best prices of the book as it is, which its reader will have too. */
  hasBest({ shape, values }: MarketEvent): boolean {
    const bid = values[shape.bestBidSlot];
    const ask = values[shape.bestAskSlot];
    // Should one of these be no duplicate, a reader has it in the book by now.
    if (this.#undecided.length > 0 || !this.#hasBook) return false;
    if (bid === undefined || ask === undefined) return false;
    return this.#verifier?.book.hasBest(bid, ask) === true;
  }

  /** A book as a block stores it before it is taken. */
  stored(event: MarketEvent, levels: Levels): StoredEvent {
    const { type, shape } = event;
    const current = this.#verifier?.book.levels() ?? { bids: [], asks: [] };
    const values = shape.slots.map(({ key }, i): StoredValue => {
      const text = event.values[i]!;
      if (key !== "bids" && key !== "asks") return text;
      // Levels in another spelling than the venue's compact one are kept as they came.
      if (text !== levelsText(levels[key])) return text;
      // A reader's book has what looked like a duplicate, should it turn out to be none.
      if (this.#undecided.length > 0) return { mode: "whole", levels: levels[key] };
      return storedLevels(key, current[key], levels[key]);
    });
    return { type, shape, values };
  }

  /** Applies an event; its verdict, or `undefined` if that comes with its hash. */
  take(event: MarketEvent, levels: Levels | undefined, takenUs: number): Verdict | undefined {
    this.#row++;
    switch (event.type) {
      case "note":
      case "raw":
      case "new_market":
        return "unverifiable";
      case "book":
        if (levels === undefined) break;
        this.#takeBook(event, levels, takenUs);
        return undefined;
      case "price_change":
        return this.#takeChange(event, takenUs);
      default:
        this.announce(event);
    }
    return this.#hasBook ? "unverifiable" : "no-book";
  }

  /** Hears of a trade or a tick size of the market, be it of its other token. */
  announce(event: MarketEvent): void {
    if (event.type === "last_trade_price") {
      const price = fieldString(event, "price");
      if (price !== undefined) this.#verifier?.announcePrice(price);
    } else if (event.type === "tick_size_change") {
      const tickSize = fieldString(event, "new_tick_size");
      if (tickSize !== undefined) this.#verifier?.announceTickSize(tickSize);
    }
  }

  /** To be called now and then: nothing comes for some tokens, and some hashes wait. */
  pass(nowUs: number): void {
    this.#verifier?.pass(nowUs);
    const isOld = nowUs - this.#undecidedUs > UNDECIDED_US;
    if (this.#undecided.length > 0 && isOld) this.decideDuplicates();
  }

  /** Judges the open group as it is, without waiting for whether it grows. */
  judgeLast(): void {
    this.#verifier?.silence();
  }

  /** Judges everything for good. */
  end(): void {
    this.#verifier?.end();
    this.decideDuplicates();
  }

  /**
   * What looks like a duplicate is stored as one. Should a later hash need it after all, the book
   * gets it then, and the next block's keyframe has it.
   */
  decideDuplicates(): void {
    this.#decide(this.#undecided, "duplicate");
    this.#undecided = [];
  }

  #takeBook(event: MarketEvent, levels: Levels, takenUs: number): void {
    const market = fieldString(event, "market") ?? this.market;
    if (this.#verifier === undefined || this.#verifier.market !== market) {
      this.#verifier?.end();
      this.#verifier = this.#newVerifier(market);
    }
    const tickSize = fieldString(event, "tick_size");
    // Only an opening book states it.
    if (!this.#hasBook || tickSize !== undefined) this.#standing.opened(this.#row);
    const wasSame = this.#verifier.takeBook({
      row: this.#row,
      takenUs,
      levels,
      timestamp: timestampOf(event),
      hash: hashOf(event),
      tickSize,
      lastTradePrice: fieldString(event, "last_trade_price"),
    });
    if (this.#hasBook) {
      this.counts.books++;
      if (!wasSame) this.counts.books_differing++;
    }
    this.#hasBook = true;
    this.#bookMs = timeOf(timestampOf(event));
    this.#bookTakenUs = takenUs;
  }

  #newVerifier(market: string): GroupVerifier {
    const verifier = new GroupVerifier({
      market,
      tokenId: this.#options.tokenId,
      known: this.#known,
      judged: (group) => this.#judgedGroup(group),
      maySearch: (candidates) => this.#options.maySearch(candidates),
    });
    verifier.isShedding = this.#isShedding;
    return verifier;
  }

  #takeChange(event: MarketEvent, takenUs: number): Verdict | undefined {
    const verifier = this.#verifier;
    if (verifier === undefined || !this.#hasBook) return "no-book";
    const change = event.change ?? plainChangeOf(event);
    if (change === undefined) return this.#takeOdd(event, verifier, takenUs);
    if (this.#isStale(change.venueMs, takenUs)) return "stale";
    const row = this.#row;
    if (this.#recent.takePlain(change, verifier.isPlainOfOpenGroup(change))) {
      const { side, price, size } = change;
      const name = side === 0 ? "bids" : "asks";
      this.#withhold(verifier, name, textOfMillionths(price), textOfMillionths(size), takenUs);
    } else {
      verifier.takeChange(change, { row, takenUs });
    }
    return undefined;
  }

  /** The same of a change that is not plain. */
  #takeOdd(event: MarketEvent, verifier: GroupVerifier, takenUs: number): Verdict | undefined {
    const timestamp = timestampOf(event);
    if (this.#isStale(timeOf(timestamp), takenUs)) return "stale";
    const change = levelChange(event);
    // What cannot be read leaves the book as it is; it is stored all the same.
    if (change === undefined) return "unverifiable";
    const { side, price, size } = change;
    const row = this.#row;
    const hash = hashOf(event);
    const isOfOpenGroup = verifier.isOfOpenGroup(timestamp, hash);
    if (this.#recent.take({ timestamp, price, size, side, hash }, isOfOpenGroup)) {
      this.#withhold(verifier, side, price, size, takenUs);
      return undefined;
    }
    const { bestBidSlot, bestAskSlot } = event.shape;
    const bestBid = event.values[bestBidSlot];
    const bestAsk = event.values[bestAskSlot];
    verifier.takeEntry({ row, takenUs, side, price, size, timestamp, hash, bestBid, bestAsk });
    return undefined;
  }

  /**
   * A late change of before a fresh book is part of that book already (docs/PROTOCOL.md, "Limits
   * and oddities").
   */
  #isStale(venueMs: number, takenUs: number): boolean {
    if (venueMs < 0 || venueMs >= this.#bookMs) return false;
    return takenUs - this.#bookTakenUs < STALE_FOR_US;
  }

  #withhold(
    verifier: GroupVerifier,
    side: SideName,
    price: string,
    size: string,
    takenUs: number,
  ): void {
    this.#undecided.push(this.#row);
    this.#undecidedUs = takenUs;
    verifier.takeDuplicate({ row: this.#row, side, price, size });
  }

  #judgedGroup(group: JudgedGroup): void {
    const { verdict, rows, isProvisional, proof } = group;
    this.#standing.judged(group);
    if (!isProvisional) {
      countGroup(this.counts, verdict, rows.length);
      if (proof?.isBestRight === false) this.counts.best_differing++;
      if (proof !== undefined && proof.restored.length > 0) this.#restored(proof.restored, verdict);
    }
    const derivation = this.#derivationOf(group);
    const isBestRight = proof?.isBestRight === true;
    this.judged({ rows, verdict, isProvisional, derivation, isBestRight });
    if (this.#undecided.length === 0) return;
    const last = rows[rows.length - 1]!;
    const decided = this.#undecided.filter((row) => row < last);
    this.#undecided = this.#undecided.filter((row) => row > last);
    this.#decide(decided, "duplicate");
  }

  /** They were no duplicates: the group's book has them. */
  #restored(rows: readonly number[], verdict: Verdict): void {
    this.#restoredRow = this.#row;
    this.#undecided = this.#undecided.filter((row) => !rows.includes(row));
    this.#decide(rows, verdict);
  }

  #decide(rows: readonly number[], verdict: Verdict): void {
    if (rows.length === 0) return;
    const nothing = { isProvisional: false, derivation: undefined, isBestRight: false };
    this.judged({ rows, verdict, ...nothing });
  }

  /** There is one derived form: the hash of the book after the group's last row. */
  #derivationOf(group: JudgedGroup): Derivation | undefined {
    const { rows, proof } = group;
    if (proof === undefined || this.#verifier?.market !== this.market) return undefined;
    const endRow = rows[rows.length - 1]!;
    if (proof.stateRow !== endRow || proof.leadMs > 0) return undefined;
    if (rows[0]! <= this.#restoredRow) return undefined;
    const { recipe, values } = proof;
    if (values === this.#derivedValues && recipe.name === this.#derivation?.recipe.name) {
      return this.#derivation;
    }
    const { minOrderSize, negRisk, tickSize, lastTradePrice } = values;
    this.#derivedValues = values;
    this.#derivation = {
      recipe: { name: recipe.name, minOrderSize, negRisk },
      tickSize,
      lastTradePrice,
    };
    return this.#derivation;
  }
}

function hashOf({ shape, values }: MarketEvent): string {
  return values[shape.hashSlot] ?? "";
}

function timestampOf({ shape, values }: MarketEvent): string {
  return values[shape.timeSlot] ?? "";
}
