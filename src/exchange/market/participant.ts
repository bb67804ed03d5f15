import type { Random } from "../../ports/random.ts";
import type { FairPrice } from "./fair-price.ts";
import type { BookSide, MirroredBook } from "./mirrored-book.ts";

/** One change of a book, as the YES token sees it. */
export interface BookChange {
  readonly side: BookSide;
  /** Ten-thousandths. */
  readonly price: number;
  /** The new size in hundredths; 0 removes the level. Never the old one. */
  readonly size: number;
}

/** What a taker bought or sold at one level, as YES sees it. */
export interface Fill {
  /** Which side's orders were taken. */
  readonly side: BookSide;
  /** Ten-thousandths. */
  readonly price: number;
  /** Hundredths. */
  readonly size: number;
}

/** What one participant does at one moment. */
export interface Action {
  /** In order; no price of a side twice. Empty when the participant passes. */
  readonly changes: readonly BookChange[];
  /** What was taken, level by level, when there was a trade. */
  readonly fills?: readonly Fill[];
  /** Milliseconds until the same participant acts again. */
  readonly nextMs: number;
}

/** What participants see and share. */
export interface Trading {
  readonly book: MirroredBook;
  readonly fair: FairPrice;
  readonly random: Random;
  /** The tick in force, in ten-thousandths. */
  readonly tickSize: number;
  /** Milliseconds since the venue began. */
  readonly elapsedMs: number;
  /** How many levels the book has when it is in balance, both sides together. */
  readonly levels: number;
}

/**
 * Somebody who trades in one market. `act` chooses; the market applies the changes. Whatever a
 * participant does leaves the bids below the fair price and the asks above it.
 */
export interface Participant {
  /** How long it typically waits: it begins somewhere in such a time. */
  readonly usualPauseMs: number;
  act(trading: Trading): Action;
}
