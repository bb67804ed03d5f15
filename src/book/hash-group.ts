import { textOfMillionths } from "../format/decimal.ts";
import type { PlainChange } from "../format/plain-change.ts";
import type { HashedBook } from "./hashed-book.ts";
import type { RecipeValues } from "./recipes.ts";
import type { Taken, VerifiedBook, VerifiedEntry } from "./verified-update.ts";

/** An entry that was taken for a duplicate, and is applied only if that explains a hash. */
export interface Withheld {
  readonly row: number;
  readonly side: "bids" | "asks";
  readonly price: string;
  readonly size: string;
}

/** A book that a hash may be of. */
export interface CandidateState {
  readonly book: HashedBook;
  /** The last row that this book has. */
  readonly row: number;
  /** Duplicates that this book has, unlike the running one. */
  readonly withheld: readonly Withheld[];
}

const NONE: readonly Withheld[] = [];

/** A book with the changes up to a row, and without any that looked like duplicates. */
export function stateOf(book: HashedBook, row: number): CandidateState {
  return { book, row, withheld: NONE };
}

/** What explains a hash. */
export interface Explanation {
  readonly verdict: "matched" | "late" | "searched";
  readonly values: RecipeValues;
  /** How long before its time on the wire it was hashed: only under six fields, else 0. */
  readonly leadMs: number;
  readonly state: CandidateState;
}

/** Best prices as an entry names them. */
interface NamedBest {
  readonly bid: string;
  readonly ask: string;
}

/** When a group opens. */
export interface GroupStart extends Taken {
  /** Ascending in time: groups end in this order. */
  readonly number: number;
  /** Which values were known. */
  readonly serial: number;
}

/** Updates of one token in a row that share hash and timestamp: the book after the last has it. */
export class HashGroup {
  /** Its first entry, if that is plain: hash, time and best prices are those of it. */
  readonly change: PlainChange | undefined;
  readonly number: number;
  /** The caller's numbers of its updates. */
  readonly rows: number[];
  /** Which values were known when its last update came. */
  serial: number;
  /** When its last update was taken, see `TokenBook`. */
  takenUs: number;
  /** What explained it before another update of it might come. */
  settled: Explanation | undefined = undefined;
  readonly #texts: VerifiedBook | VerifiedEntry | undefined;
  #isBestMixed = false;

  constructor(
    change: PlainChange | undefined,
    texts: VerifiedBook | VerifiedEntry | undefined,
    { row, takenUs, number, serial }: GroupStart,
  ) {
    this.change = change;
    this.#texts = texts;
    this.number = number;
    this.rows = [row];
    this.serial = serial;
    this.takenUs = takenUs;
  }

  get hash(): string {
    return this.change?.hash.toString() ?? this.#texts!.hash;
  }

  /** As on the wire. */
  get timestamp(): string {
    return this.change === undefined ? this.#texts!.timestamp : String(this.change.venueMs);
  }

  /** A book's group has no other update, and the time on the wire is always the hashed one. */
  get isBook(): boolean {
    return this.#texts !== undefined && "levels" in this.#texts;
  }

  /** Whether an entry with these belongs to it. */
  has(timestamp: string, hash: string): boolean {
    return hash !== "" && this.hash === hash && this.timestamp === timestamp;
  }

  /** The same for a plain entry. */
  hasPlain(other: PlainChange): boolean {
    const { change } = this;
    if (change === undefined) return this.has(String(other.venueMs), other.hash.toString());
    return change.venueMs === other.venueMs && change.hash.equals(other.hash);
  }

  /** Takes another entry's best prices: it may turn out that the group names no single ones. */
  mixBest(bid: string | undefined, ask: string | undefined): void {
    const best = this.#best;
    if (best?.bid !== bid || best?.ask !== ask) this.#isBestMixed = true;
  }

  mixPlainBest(other: PlainChange): void {
    const { change } = this;
    if (change === undefined) this.mixBest(bestText(other.bestBid), bestText(other.bestAsk));
    else if (change.bestBid !== other.bestBid || change.bestAsk !== other.bestAsk) {
      this.#isBestMixed = true;
    }
  }

  /** Whether all its entries name the best prices of a book; `undefined` if the first names none. */
  isBestOf(book: HashedBook): boolean | undefined {
    const { change } = this;
    if (change !== undefined) {
      if (change.bestBid < 0 || change.bestAsk < 0) return undefined;
      return !this.#isBestMixed && book.hasPlainBest(change.bestBid, change.bestAsk);
    }
    const best = this.#best;
    return best && !this.#isBestMixed && book.hasBest(best.bid, best.ask);
  }

  get #best(): NamedBest | undefined {
    if (this.change !== undefined) {
      const [bid, ask] = [bestText(this.change.bestBid), bestText(this.change.bestAsk)];
      return bid === undefined || ask === undefined ? undefined : { bid, ask };
    }
    const entry = this.#texts as VerifiedEntry;
    if (entry.bestBid === undefined || entry.bestAsk === undefined) return undefined;
    return { bid: entry.bestBid, ask: entry.bestAsk };
  }
}

function bestText(millionths: number): string | undefined {
  return millionths < 0 ? undefined : textOfMillionths(millionths);
}

/** A group that nothing known explained when it ended. */
export class PendingGroup {
  readonly group: HashGroup;
  /** Its own book first, then those after the changes that followed. */
  readonly states: CandidateState[];
  announcements = 0;
  laterChanges = 0;
  /** No book that comes is of it any more. */
  isCutOff = false;

  constructor(group: HashGroup, own: CandidateState) {
    this.group = group;
    this.states = [own];
  }
}
