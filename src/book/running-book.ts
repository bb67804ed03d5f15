import type { BlockRow, Keyframe, StoredValue } from "../format/block.ts";
import { type Levels, levelsText } from "../format/level.ts";
import { fieldText, isApplied, type MarketEvent, type Verdict } from "../format/market-event.ts";
import { applyEvent, bookLevels } from "./apply.ts";
import { Book, type SideName } from "./book.ts";

/** What the running book makes of an event on its way to a block. */
export interface Received {
  readonly verdict: Verdict;
  /** The event's values as a block stores them. */
  readonly values: readonly StoredValue[];
}

/**
 * The one book of a token while it is recorded or read: events go in, and keyframes come out.
 * `receive` and `restore` are each other's reverse, so that what was stored beside a book is
 * read back with the same one.
 */
export class RunningBook {
  #book: Book | undefined;
  /** Venue time of the last book, epoch milliseconds: changes stamped before it are stale. */
  #bookMs = 0;

  constructor(keyframe: Keyframe | null = null) {
    if (keyframe === null) return;
    this.#book = new Book();
    this.#book.replace(keyframe);
    this.#book.tickSize = keyframe.tickSize;
    this.#book.lastTradePrice = keyframe.lastTradePrice;
  }

  keyframe(): Keyframe | null {
    const book = this.#book;
    if (book === undefined) return null;
    const { tickSize, lastTradePrice } = book;
    return { ...book.levels(), tickSize, lastTradePrice };
  }

  /** Judges and applies an event, and gives what is stored of it. */
  receive(event: MarketEvent): Received {
    const levels = event.type === "book" ? bookLevels(event) : undefined;
    const verdict = this.#judge(event, levels);
    const values = levels === undefined ? event.values : this.#difference(event, levels);
    this.#apply(event, verdict, levels);
    return { verdict, values };
  }

  /** The event that a stored row stands for; applies it as it was applied when received. */
  restore(row: BlockRow): MarketEvent {
    const values = row.values.map((value, i) => {
      if (typeof value === "string") return value;
      const side: SideName = row.shape.slots[i]!.key === "bids" ? "bids" : "asks";
      return levelsText((this.#book ?? new Book()).resolve(side, value));
    });
    const event = { type: row.type, shape: row.shape, values };
    const levels = event.type === "book" ? bookLevels(event) : undefined;
    this.#apply(event, row.verdict, levels);
    return event;
  }

  #judge(event: MarketEvent, levels: Levels | undefined): Verdict {
    if (event.type === "note" || event.type === "raw" || event.type === "new_market") {
      return "unverifiable";
    }
    if (this.#book === undefined && levels === undefined) return "no-book";
    // A late delta of before a fresh book is part of that book already (docs/PROTOCOL.md,
    // "Limits and oddities").
    if (event.type === "price_change" && timeOf(event) < this.#bookMs) return "stale";
    return "unverifiable";
  }

  #apply(event: MarketEvent, verdict: Verdict, levels: Levels | undefined): void {
    if (!isApplied(verdict)) return;
    if (levels !== undefined) {
      this.#book ??= new Book();
      this.#bookMs = timeOf(event);
    }
    if (this.#book !== undefined) applyEvent(this.#book, event, levels);
  }

  #difference(event: MarketEvent, levels: Levels): readonly StoredValue[] {
    const book = this.#book ?? new Book();
    return event.shape.slots.map(({ key }, i) => {
      const text = event.values[i]!;
      if (key !== "bids" && key !== "asks") return text;
      // Levels in another spelling than the venue's compact one are kept as they came.
      return text === levelsText(levels[key]) ? book.difference(key, levels[key]) : text;
    });
  }
}

/** Venue time of an event in epoch milliseconds, or NaN: then nothing is before it. */
function timeOf(event: MarketEvent): number {
  return Number(fieldText(event, "timestamp") || Number.NaN);
}
