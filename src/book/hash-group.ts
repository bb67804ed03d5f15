import type { HashedBook } from "./hashed-book.ts";
import type { RecipeValues } from "./recipes.ts";
import type { VerifiedEntry } from "./verified-update.ts";

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

/** What explains a hash. */
export interface Explanation {
  readonly verdict: "matched" | "late" | "searched";
  readonly values: RecipeValues;
  /** The time that was hashed: under six fields not the one on the wire. */
  readonly timestamp: string;
  readonly state: CandidateState;
}

/** Updates of one token in a row that share hash and timestamp: the book after the last has it. */
export interface HashGroup {
  readonly hash: string;
  readonly timestamp: string;
  /** A book's group has no other update, and the time on the wire is always the hashed one. */
  readonly isBook: boolean;
  /** Ascending in time: groups end in this order. */
  readonly number: number;
  /** The caller's numbers of its updates. */
  readonly rows: number[];
  /** Best prices as its entries say them; `undefined` if they do not, or contradict each other. */
  best: { readonly bid: string; readonly ask: string } | undefined;
  isBestMixed: boolean;
  /** Which values were known when its last update came. */
  serial: number;
  /** When its last update was taken, see `TokenBook`. */
  takenUs: number;
  /** What explained it before another update of it might come. */
  settled: Explanation | undefined;
}

/** A group that nothing known explained when it ended. */
export interface PendingGroup extends HashGroup {
  /** Its own book first, then those after the changes that followed. */
  readonly states: CandidateState[];
  announcements: number;
  laterChanges: number;
}

/** Notes that a group names no single best prices. */
export function mixBest(group: HashGroup, { bestBid, bestAsk }: VerifiedEntry): void {
  const { best } = group;
  if (best?.bid !== bestBid || best?.ask !== bestAsk) group.isBestMixed = true;
}
