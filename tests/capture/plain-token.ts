import type { Level } from "../../src/format/level.ts";

/** One change of one level, as the wire has it. */
export interface PlainEntry {
  readonly price: string;
  readonly size: string;
  readonly side: string;
  readonly hash: string;
  readonly timestamp: string;
}

export interface PlainBook {
  readonly bids: readonly Level[];
  readonly asks: readonly Level[];
  readonly timestamp: string;
}

/** Entries in a row that share hash and timestamp. */
export interface PlainGroup<Row> {
  readonly hash: string;
  readonly timestamp: string;
  readonly rows: Row[];
  /** Of the book after the last of them. */
  print: number;
}

const RECENT = 32;
/** A change stamped before a book, and coming so soon behind it, is in that book. */
const STALE_MS = 10_000;

/**
 * A token's book as a client keeps it in a map, with what the venue is known to do: duplicates, old
 * changes behind a new book, groups. It knows nothing of hashes: two books are compared by a
 * fingerprint of their levels.
 */
export class PlainToken<Row> {
  hasBook = false;
  /** The same for the same levels, whatever their order. */
  print = 0;
  readonly #ended: (group: PlainGroup<Row>) => void;
  readonly #sizes = new Map<string, string>();
  #bookMs = 0;
  #bookCameMs = 0;
  #open: PlainGroup<Row> | undefined;
  #recent: string[] = [];

  /** `ended` hears of each group when it takes no more. */
  constructor(ended: (group: PlainGroup<Row>) => void) {
    this.#ended = ended;
  }

  replace({ bids, asks, timestamp }: PlainBook, ms: number): void {
    this.end();
    this.#sizes.clear();
    this.print = 0;
    for (const [price, size] of bids) this.#set("BUY", price, size);
    for (const [price, size] of asks) this.#set("SELL", price, size);
    this.#bookMs = Number(timestamp);
    this.#bookCameMs = ms;
    this.#recent = [];
    this.hasBook = true;
  }

  /** Whether the entry was applied. */
  change({ price, size, side, hash, timestamp }: PlainEntry, row: Row, ms: number): boolean {
    if (!this.hasBook) return false;
    if (Number(timestamp) < this.#bookMs && ms - this.#bookCameMs < STALE_MS) return false;
    const isSame = this.#open?.hash === hash && this.#open.timestamp === timestamp;
    const name = [timestamp, price, size, side, hash].join(" ");
    if (!isSame && this.#recent.includes(name)) return false;
    if (this.#recent.push(name) > RECENT) this.#recent.shift();
    if (!isSame) {
      this.end();
      this.#open = { hash, timestamp, rows: [], print: 0 };
    }
    this.#set(side, price, size);
    const open = this.#open!;
    open.rows.push(row);
    open.print = this.print;
    return true;
  }

  /** The open group takes no more. */
  end(): void {
    const open = this.#open;
    this.#open = undefined;
    if (open !== undefined) this.#ended(open);
  }

  /** What it had cannot be gone on with. */
  lose(): void {
    this.end();
    this.hasBook = false;
  }

  #set(side: string, price: string, size: string): void {
    const level = `${side} ${price}`;
    const before = this.#sizes.get(level);
    if (before !== undefined) this.print ^= printOf(level, before);
    if (size === "0") this.#sizes.delete(level);
    else {
      this.#sizes.set(level, size);
      this.print ^= printOf(level, size);
    }
  }
}

function printOf(level: string, size: string): number {
  return Bun.hash.xxHash32(`${level} ${size}`) | 0;
}
